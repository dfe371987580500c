import type { LabelSelector } from '../objects/metadata.ts';
import { StatusError } from '../status-error.ts';

type Labels = Readonly<Record<string, string>> | undefined;

/** One condition on an object's labels; a selector is the list of all that must hold. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';
  readonly values: readonly string[];
}

const KEY = '[A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?';
const SET = new RegExp(String.raw`^(${KEY})\s+(in|notin)\s*\(([^()]*)\)$`);
const EQUALITY = new RegExp(String.raw`^(${KEY})\s*(==|=|!=|>|<)\s*([-A-Za-z0-9_.]*)$`);
const EXISTENCE = new RegExp(String.raw`^(!?)\s*(${KEY})$`);
const EQUALITY_OPERATORS = { '=': 'in', '==': 'in', '!=': 'notin', '>': 'gt', '<': 'lt' } as const;

/** The requirements of `a=b,c!=d,e in (f,g),!h`; empty text selects everything. Throws BadRequest. */
export function parseLabelSelector(text: string): LabelRequirement[] {
  // A comma inside parentheses separates values, any other one requirements.
  const parts = text.trim() === '' ? [] : text.split(/,(?![^(]*\))/);
  return parts.map((part) => parseRequirement(part.trim(), text));
}

function parseRequirement(part: string, whole: string): LabelRequirement {
  const set = SET.exec(part);
  if (set) {
    const values = (set[3] ?? '').split(',').map((value) => value.trim());
    return { key: set[1]!, operator: set[2] as 'in' | 'notin', values };
  }
  const equality = EQUALITY.exec(part);
  if (equality) {
    const operator = EQUALITY_OPERATORS[equality[2] as keyof typeof EQUALITY_OPERATORS];
    return { key: equality[1]!, operator, values: [equality[3] ?? ''] };
  }
  const existence = EXISTENCE.exec(part);
  if (existence) return { key: existence[2]!, operator: existence[1] ? '!' : 'exists', values: [] };
  throw StatusError.badRequest(
    `unable to parse requirement: "${part}" in the label selector "${whole}" (want key=value, key!=value, key in (a,b) or !key)`,
  );
}

/** The requirements of a selector object; an empty one selects everything. */
export function labelRequirements(selector: LabelSelector): LabelRequirement[] {
  const operators = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' } as const;
  return [
    ...Object.entries(selector.matchLabels ?? {}).map(
      ([key, value]): LabelRequirement => ({ key, operator: 'in', values: [value] }),
    ),
    ...(selector.matchExpressions ?? []).map(
      ({ key, operator, values = [] }): LabelRequirement => ({ key, operator: operators[operator], values }),
    ),
  ];
}

/** The selector as text, for a `labelSelector` parameter. */
export function formatLabelSelector(selector: LabelSelector): string {
  const texts = labelRequirements(selector).map(({ key, operator, values }) => {
    if (operator === 'exists') return key;
    if (operator === '!') return `!${key}`;
    if (operator === 'in' && values.length === 1) return `${key}=${values[0]}`;
    return `${key} ${operator} (${values.join(',')})`;
  });
  return texts.join(',');
}

/** Whether the labels satisfy every requirement. */
export function matchesLabels(selector: readonly LabelRequirement[], labels: Labels): boolean {
  return selector.every((requirement) => holds(requirement, labels));
}

function holds({ key, operator, values }: LabelRequirement, labels: Labels): boolean {
  const value = labels && Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'in':
      return value !== undefined && values.includes(value);
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case 'gt':
      return value !== undefined && Number.parseInt(value, 10) > Number(values[0]);
    case 'lt':
      return value !== undefined && Number.parseInt(value, 10) < Number(values[0]);
  }
}
