import { isJson } from './json.ts';

/** Which old spellings of variables become today's. */
export interface Rewriting {
  /** Also `${inputs.params.x}` and its like: Tekton before v0.7. */
  readonly braces: boolean;
  /** The names for which `${params.x}` stands for a parameter; absent: all. */
  readonly params?: ReadonlySet<string>;
  /** The resources of a Condition, of which `$(resources.r.key)` speaks; absent: there are none. */
  readonly conditionResources?: ReadonlySet<string>;
  /** Is told of each text that changed. */
  readonly note?: ((before: string, after: string) => void) | undefined;
}

const PREFIXES: Readonly<Record<string, string>> = {
  'inputs.params': 'params',
  params: 'params',
  'inputs.resources': 'resources.inputs',
  'outputs.resources': 'resources.outputs',
};

/** What Tekton takes for the name of a variable (pkg/substitution); an array may follow by index or as a whole. */
const NAME = '[_a-zA-Z][_a-zA-Z0-9.-]*(?:\\[(?:\\d+|\\*)\\])?';
const IN_PARENTHESES = new RegExp(
  `\\$\\((inputs\\.params|inputs\\.resources|outputs\\.resources)\\.(${NAME})\\)`,
  'g',
);
const IN_BRACES = new RegExp(
  `\\$\\{(inputs\\.params|params|inputs\\.resources|outputs\\.resources)\\.(${NAME})\\}`,
  'g',
);

const OF_CONDITION = new RegExp(`\\$(?:\\(resources\\.(${NAME})\\)|\\{resources\\.(${NAME})\\})`, 'g');

/**
 * A text with its old variables in today's spelling: `$(params.x)`, `$(resources.inputs.r.key)`. Whatever else has a
 * dollar in it, `${FOO}` and `$(cat file)` among it, stays as it is, byte for byte.
 */
export function rewriteText(text: string, rewriting: Rewriting): string {
  const { braces, params, conditionResources, note } = rewriting;
  if (!text.includes('$')) return text;
  const today = (prefix: string, name: string): string => `$(${PREFIXES[prefix]}.${name})`;
  let after = text.replace(IN_PARENTHESES, (_, prefix: string, name: string) => today(prefix, name));
  if (braces) {
    after = after.replace(IN_BRACES, (found, prefix: string, name: string) => {
      const isKnown = prefix !== 'params' || params === undefined || params.has(name.replace(/\[.*$/, ''));
      return isKnown ? today(prefix, name) : found;
    });
  }
  if (conditionResources) {
    after = after.replace(OF_CONDITION, (found, round?: string, braced?: string) => {
      const path = round ?? (braces ? braced : undefined);
      const isKnown = [...conditionResources].some((name) => path?.startsWith(`${name}.`));
      return isKnown ? `$(resources.inputs.${path})` : found;
    });
  }
  if (after !== text) note?.(text, after);
  return after;
}

/** Text that is not for Tekton to replace. */
const LITERAL = new Set(['description', 'hostPath']);

/** A value with the variables of all its texts rewritten. Scripts are younger than braces. */
export function rewriteAll<T>(value: T, rewriting: Rewriting): T {
  return rewrite(value, rewriting) as T;
}

function rewrite(value: unknown, rewriting: Rewriting): unknown {
  if (typeof value === 'string') return rewriteText(value, rewriting);
  if (Array.isArray(value)) return value.map((item) => rewrite(item, rewriting));
  if (!isJson(value)) return value;
  const entries = Object.entries(value).map(([name, member]) => {
    const inMember = name === 'script' ? { ...rewriting, braces: false } : rewriting;
    return [name, LITERAL.has(name) ? member : rewrite(member, inMember)] as const;
  });
  return Object.fromEntries(entries);
}

/** A value in which only resources are meant: the parameters that a text names are replaced before it is looked at. */
export function rewriteResources<T>(value: T, rewriting: Rewriting): T {
  const copy = (text: unknown): unknown => {
    if (typeof text === 'string') return /resources\./.test(text) ? rewriteText(text, rewriting) : text;
    if (Array.isArray(text)) return text.map(copy);
    return isJson(text) ? Object.fromEntries(Object.entries(text).map(([k, v]) => [k, copy(v)])) : text;
  };
  return copy(value) as T;
}
