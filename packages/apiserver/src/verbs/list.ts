import { StatusError } from '@slipway/kube';
import type { ResourceRequest, ServerContext } from '../context.ts';
import { storageKey } from '../resources/definition.ts';
import { viewIn } from '../resources/versions.ts';
import type { StoredObject } from '../storage/stored-object.ts';
import { orExpired, parseResourceVersion, requireReached } from './resource-version.ts';
import { type Selection, type Selectors, selection, selects } from './selection.ts';

export interface ListOptions extends Selectors {
  readonly limit?: number | undefined;
  readonly continue?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly resourceVersionMatch?: string | undefined;
}

export interface ListResult {
  readonly items: readonly StoredObject[];
  /** All items are of this revision. */
  readonly revision: number;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

interface Page {
  readonly revision: number;
  readonly after?: { readonly namespace: string; readonly name: string };
}

/** The objects of a collection, sorted by namespace and name; all pages of one list show the same moment. */
export function listObjects(
  context: ServerContext,
  request: ResourceRequest,
  options: ListOptions = {},
): ListResult {
  const { definition, name } = request;
  const chosen = selection(definition, options);
  const page = pageOf(context, options);
  const limit = options.limit ?? 0;
  const found = collect(context, request, page, chosen, limit);
  const wanted = name === '' ? found.items : found.items.filter((item) => item.key.name === name);
  const items = wanted.map((item) => viewIn(definition, item));
  const last = items.at(-1);
  if (!found.remaining || last === undefined) return { items, revision: page.revision };
  const { namespace: lastNamespace, name: lastName } = last.key;
  const after = { namespace: lastNamespace, name: lastName };
  // Kubernetes does not count what a selector would leave out, either.
  const remaining =
    chosen === undefined
      ? { remainingItemCount: context.store.count(storageKey(definition.type), namespaceOf(request), after) }
      : {};
  return {
    items,
    revision: page.revision,
    continue: encodeToken({ revision: page.revision, after }),
    ...remaining,
  };
}

/** The namespace to look in, or undefined for all. */
export function namespaceOf({ definition, namespace }: ResourceRequest): string | undefined {
  return definition.type.namespaced && namespace !== '' ? namespace : undefined;
}

/** Reads until `limit` objects are selected; a limit counts what the client gets. */
function collect(
  { store }: ServerContext,
  request: ResourceRequest,
  { revision, after }: Page,
  chosen: Selection,
  limit: number,
): { items: StoredObject[]; remaining: boolean } {
  const query = { resource: storageKey(request.definition.type), namespace: namespaceOf(request), revision };
  return orExpired(() => {
    if (chosen === undefined) return store.list({ ...query, after, limit });
    const { items } = store.list({ ...query, after });
    const selected = items.filter((item) => selects(chosen, item));
    if (limit === 0 || selected.length <= limit) return { items: selected, remaining: false };
    return { items: selected.slice(0, limit), remaining: true };
  });
}

function pageOf({ store }: ServerContext, options: ListOptions): Page {
  const { resourceVersionMatch: match } = options;
  const version = parseResourceVersion(options.resourceVersion);
  if (options.continue) {
    if (version !== undefined && version !== 0) {
      throw StatusError.badRequest('specifying resource version is not allowed when using continue');
    }
    return decodeToken(options.continue);
  }
  if (match !== undefined && match !== '' && version === undefined) {
    throw StatusError.badRequest('resourceVersionMatch is forbidden unless resourceVersion is provided');
  }
  if (version === undefined || version === 0) return { revision: store.revision };
  requireReached(store, version);
  if (match === 'Exact') return { revision: version };
  if (match === undefined || match === '' || match === 'NotOlderThan') return { revision: store.revision };
  throw StatusError.badRequest(
    `resourceVersionMatch: Unsupported value: "${match}": supported values: "Exact", "NotOlderThan"`,
  );
}

/** A `continue` token: opaque to clients, in the form that Kubernetes has. */
function encodeToken({ revision, after }: Required<Page>): string {
  const start = [after.namespace, after.name].join('/');
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start })).toString('base64url');
}

function decodeToken(token: string): Page {
  try {
    const { rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString()) as {
      rv: unknown;
      start: unknown;
    };
    if (typeof rv === 'number' && Number.isSafeInteger(rv) && typeof start === 'string') {
      const slash = start.indexOf('/');
      return { revision: rv, after: { namespace: start.slice(0, slash), name: start.slice(slash + 1) } };
    }
  } catch {
    // Answered below: whatever is wrong with a token, the client can only start again.
  }
  throw StatusError.badRequest('continue key is not valid: list again without it');
}
