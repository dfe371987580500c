import { apiVersionOf, type KubeObject } from '@slipway/kube';
import type { ResourceRequest, ServerContext } from '../context.ts';
import type { StoredObject } from '../storage/stored-object.ts';
import { type IncludeObject, renderTable } from '../tables/table.ts';
import type { DeleteResult } from '../verbs/delete.ts';
import type { ListResult } from '../verbs/list.ts';
import type { Exchange } from './exchange.ts';
import { JsonText } from './respond.ts';

type Metadata = Readonly<Record<string, unknown>>;

/** One stored object, as the client wants it: as it is, as a Table of one row, or only its metadata. */
export function storedAnswer(
  context: ServerContext,
  exchange: Exchange,
  request: ResourceRequest,
  stored: StoredObject,
): unknown {
  const { as, format } = exchange.accepted;
  if (as === undefined && format === 'json') return new JsonText(stored.text);
  return represent(context, exchange, request, stored);
}

/** The object in the representation that was negotiated; `headless` is for all rows of a watch but the first. */
export function represent(
  { clock }: ServerContext,
  { accepted, url }: Exchange,
  { definition }: ResourceRequest,
  stored: StoredObject,
  headless = false,
): unknown {
  const version = accepted.version ?? 'v1';
  if (accepted.as === 'Table') {
    const metadata = { resourceVersion: String(stored.revision) };
    const options = { version, includeObject: includeObject(url), now: clock.now(), headless };
    return renderTable(definition.columns, [stored.object], metadata, options);
  }
  return accepted.as === 'PartialObjectMetadata' ? onlyMetadata(stored.object, version) : stored.object;
}

/** A list, as the client wants it. */
export function listAnswer(
  { clock }: ServerContext,
  { accepted, url }: Exchange,
  { definition }: ResourceRequest,
  list: ListResult,
): unknown {
  const metadata = listMetadata(list);
  const version = accepted.version ?? 'v1';
  const objects = (): KubeObject[] => list.items.map(({ object }) => object);
  if (accepted.as === 'Table') {
    const options = { version, includeObject: includeObject(url), now: clock.now() };
    return renderTable(definition.columns, objects(), metadata, options);
  }
  if (accepted.as?.startsWith('PartialObjectMetadata')) {
    const items = objects().map((object) => onlyMetadata(object, version));
    return { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${version}`, metadata, items };
  }
  const head = { kind: `${definition.type.kind}List`, apiVersion: apiVersionOf(definition.type), metadata };
  if (accepted.format === 'yaml') return { ...head, items: objects() };
  // The stored texts are the items: a list of a thousand objects is not parsed to be printed again.
  const items = list.items.map(({ text }) => text).join(',');
  return new JsonText(`${JSON.stringify(head).slice(0, -1)},"items":[${items}]}`);
}

/** The answer to a deletion: Success when the object is gone, the object when something must end first. */
export function deletedAnswer(
  context: ServerContext,
  exchange: Exchange,
  request: ResourceRequest,
  { object, gone }: DeleteResult,
): unknown {
  if (!gone) return storedAnswer(context, exchange, request, object);
  const { group, plural } = request.definition.type;
  const details = {
    name: object.key.name,
    ...(group === '' ? {} : { group }),
    kind: plural,
    uid: object.uid,
  };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}

function listMetadata({ revision, continue: token, remainingItemCount }: ListResult): Metadata {
  return {
    resourceVersion: String(revision),
    ...(token === undefined ? {} : { continue: token }),
    ...(remainingItemCount === undefined ? {} : { remainingItemCount }),
  };
}

function onlyMetadata({ metadata }: KubeObject, version: string): unknown {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata };
}

function includeObject(url: URL): IncludeObject {
  const wanted = url.searchParams.get('includeObject');
  return wanted === 'Object' || wanted === 'None' ? wanted : 'Metadata';
}
