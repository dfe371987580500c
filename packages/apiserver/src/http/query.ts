import { StatusError } from '@slipway/kube';
import type { FieldValidation, WriteOptions } from '../context.ts';
import type { DeleteOptions } from '../verbs/delete.ts';
import type { ListOptions } from '../verbs/list.ts';
import type { WatchOptions } from '../verbs/watch.ts';

/** A boolean parameter: absent, `true`/`1`, or anything else for false. */
export function flag(query: URLSearchParams, name: string): boolean | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  return text === 'true' || text === '1' || text === '';
}

/** A parameter that is a whole number, not negative. Throws BadRequest. */
export function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^\d{1,15}$/.test(text))
    throw StatusError.badRequest(
      `${name}: Invalid value: ${JSON.stringify(text)}: must be a number, 0 or more`,
    );
  return Number(text);
}

function text(query: URLSearchParams, name: string): string | undefined {
  return query.get(name) ?? undefined;
}

export function listOptions(query: URLSearchParams): ListOptions {
  return {
    labelSelector: text(query, 'labelSelector'),
    fieldSelector: text(query, 'fieldSelector'),
    limit: wholeNumber(query, 'limit'),
    continue: text(query, 'continue'),
    resourceVersion: text(query, 'resourceVersion'),
    resourceVersionMatch: text(query, 'resourceVersionMatch'),
  };
}

/** A watch ends after 30 to 60 minutes unless the client says when, so that clients do not all come back at once. */
export function watchOptions(query: URLSearchParams, signal: AbortSignal): WatchOptions {
  const { labelSelector, fieldSelector, resourceVersion, resourceVersionMatch } = listOptions(query);
  return {
    labelSelector,
    fieldSelector,
    resourceVersion,
    resourceVersionMatch,
    sendInitialEvents: flag(query, 'sendInitialEvents'),
    allowWatchBookmarks: flag(query, 'allowWatchBookmarks'),
    timeoutSeconds: wholeNumber(query, 'timeoutSeconds') || 1800 * (1 + Math.random()),
    signal,
  };
}

const FIELD_VALIDATIONS: readonly string[] = ['Strict', 'Warn', 'Ignore'] satisfies FieldValidation[];

/** `userAgent` names the manager of clients that do not say it: its part before the first slash. */
export function writeOptions(query: URLSearchParams, userAgent = ''): WriteOptions {
  const fieldValidation = query.get('fieldValidation') || 'Warn';
  if (!FIELD_VALIDATIONS.includes(fieldValidation)) {
    throw StatusError.badRequest(
      `fieldValidation: Unsupported value: ${JSON.stringify(fieldValidation)}: supported values: "Ignore", "Strict", "Warn"`,
    );
  }
  return {
    dryRun: dryRun(query.getAll('dryRun')),
    fieldManager: query.get('fieldManager') || userAgent.split('/', 1)[0] || 'unknown',
    fieldValidation: fieldValidation as FieldValidation,
  };
}

function dryRun(values: readonly string[]): boolean {
  const wrong = values.find((value) => value !== 'All' && value !== '');
  if (wrong === undefined) return values.includes('All');
  throw StatusError.badRequest(
    `dryRun: Unsupported value: ${JSON.stringify(wrong)}: supported values: "All"`,
  );
}

interface DeleteBody {
  gracePeriodSeconds?: number | null;
  propagationPolicy?: DeleteOptions['propagationPolicy'];
  orphanDependents?: boolean;
  preconditions?: DeleteOptions['preconditions'];
  dryRun?: string[];
}

/** The options of a deletion, which come in its body, as parameters, or both; the body wins. */
export function deleteOptions(query: URLSearchParams, body: unknown): DeleteOptions {
  const given = (body ?? {}) as DeleteBody;
  const policy =
    given.propagationPolicy ?? query.get('propagationPolicy') ?? orphaning(given.orphanDependents);
  if (policy !== undefined && !['Background', 'Foreground', 'Orphan'].includes(policy)) {
    throw StatusError.badRequest(
      `propagationPolicy: Unsupported value: ${JSON.stringify(policy)}: supported values: "Background", "Foreground", "Orphan"`,
    );
  }
  const grace = given.gracePeriodSeconds ?? wholeNumber(query, 'gracePeriodSeconds');
  return {
    dryRun: dryRun([...query.getAll('dryRun'), ...(given.dryRun ?? [])]),
    gracePeriodSeconds: grace,
    propagationPolicy: policy as DeleteOptions['propagationPolicy'],
    preconditions: given.preconditions,
  };
}

/** The old way to say it. */
function orphaning(orphanDependents: boolean | undefined): string | undefined {
  if (orphanDependents === undefined) return undefined;
  return orphanDependents ? 'Orphan' : 'Background';
}
