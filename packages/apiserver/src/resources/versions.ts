import { isDeepStrictEqual } from 'node:util';
import { apiVersionOf, type KubeObject, splitApiVersion } from '@slipway/kube';
import { StoredObject } from '../storage/stored-object.ts';
import type { ResourceDefinition } from './definition.ts';

/**
 * Shows an object of a kind in another version of it (`v1`, `v1beta1`); metadata but annotations stay. It has an answer
 * for every object that was admitted, does not change the one it is given, and what it returns for a version is what
 * admission in that version leaves as it is.
 */
export type Convert = (object: KubeObject, version: string) => KubeObject;

/** Of an event or a list, many readers ask for the same view. */
const views = new WeakMap<StoredObject, Map<string, StoredObject>>();

/** A stored object in the version of the definition: itself, when that is how it was written. */
export function viewIn({ type, convert }: ResourceDefinition, stored: StoredObject): StoredObject {
  const apiVersion = apiVersionOf(type);
  if (convert === undefined || isWrittenIn(apiVersion, stored)) return stored;
  let versions = views.get(stored);
  if (versions === undefined) {
    versions = new Map();
    views.set(stored, versions);
  }
  let view = versions.get(type.version);
  if (view === undefined) {
    const text = JSON.stringify(convert(stored.object, type.version));
    view = new StoredObject(stored.key, stored.uid, stored.revision, text);
    versions.set(type.version, view);
  }
  return view;
}

/** Most texts begin with their version, so that a list in the version in which it was written is not parsed. */
function isWrittenIn(apiVersion: string, stored: StoredObject): boolean {
  return stored.text.startsWith(`{"apiVersion":"${apiVersion}",`) || stored.object.apiVersion === apiVersion;
}

/**
 * What to store when `changed`, an object in the version of the definition, replaces `current`. Where it asks for
 * nothing else than what is stored, that stays as its author wrote it, in its version: only metadata and status change.
 * Otherwise the object is from now on one of the writer's version.
 */
export function toStore(
  definition: ResourceDefinition,
  current: StoredObject,
  changed: KubeObject,
): KubeObject {
  const { convert } = definition;
  const view = viewIn(definition, current).object;
  const stored = current.object;
  if (convert === undefined || view === stored) return changed;
  const annotations = ownAnnotations(stored, view, changed);
  if (annotations === undefined || !isDeepStrictEqual(desired(changed), desired(view))) return changed;
  const { annotations: _, ...metadata } = changed.metadata;
  const { status: _old, ...rest } = stored;
  const { version } = splitApiVersion(stored.apiVersion);
  const status = isDeepStrictEqual(plain(changed.status), plain(view.status))
    ? stored.status
    : convert(changed, version).status;
  return {
    ...rest,
    metadata: { ...metadata, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
    ...(status === undefined ? {} : { status }),
  } as KubeObject;
}

/**
 * The annotations to store: those of the changed object, and what the conversion adds or takes away undone. Undefined
 * when the writer changed an annotation of the conversion, which is a change of the object itself.
 */
function ownAnnotations(
  stored: KubeObject,
  view: KubeObject,
  changed: KubeObject,
): Record<string, string> | undefined {
  const before = stored.metadata.annotations ?? {};
  const shown = view.metadata.annotations ?? {};
  const annotations = { ...changed.metadata.annotations };
  for (const key of Object.keys({ ...before, ...shown })) {
    if (before[key] === shown[key]) continue;
    if (annotations[key] !== shown[key]) return undefined;
    delete annotations[key];
    if (before[key] !== undefined) annotations[key] = before[key];
  }
  return annotations;
}

function desired({ metadata: _, status: _s, ...rest }: KubeObject): unknown {
  return plain(rest);
}

/** As it will be stored: without members that are undefined. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
