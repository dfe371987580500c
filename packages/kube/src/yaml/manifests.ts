import { type Place, SlipwayError } from '@slipway/core';
import { isMap, isScalar, isSeq, type Node, type Pair } from 'yaml';
import type { ParsedBody } from '../json/parse.ts';
import { isObject, type JsonObject } from '../json/value.ts';
import type { KubeObject, ObjectMeta } from '../objects/metadata.ts';
import { StatusError } from '../status-error.ts';
import { parseDocuments, type YamlDocument } from './documents.ts';

/** An object of a file, and where its fields stand there. */
export interface Manifest {
  readonly object: KubeObject;
  /** The position of a field by its path (`spec.steps[0].image`); of the nearest parent where the field is missing. */
  place(fieldPath: string): Place;
}

/**
 * The objects of a YAML or JSON text with any number of documents; a `List` becomes its items. `file` is for messages.
 * Throws YAML_SYNTAX or MANIFEST_INVALID with the place.
 */
export function parseManifests(text: string, file = '<input>'): Manifest[] {
  return parseDocuments(text, file).flatMap(manifestsOf);
}

/** The one value of a request's body in YAML. Throws BadRequest. */
export function parseYamlValue(text: string): ParsedBody {
  try {
    return { value: parseDocuments(text, 'body')[0]?.value ?? null, duplicates: [] };
  } catch (cause) {
    const { message, place } = cause as SlipwayError;
    throw StatusError.badRequest(`the body of the request, line ${place?.line}: ${message}`, cause);
  }
}

function manifestsOf(document: YamlDocument): Manifest[] {
  const { value, root } = document;
  if (value === null || value === undefined) return [];
  if (isObject(value) && value.kind === 'List' && Array.isArray(value.items)) {
    const items = child(root, 'items');
    return value.items.map((item: unknown, index) => manifest(item, child(items, index), document));
  }
  return [manifest(value, root, document)];
}

function manifest(value: unknown, root: Node | null, document: YamlDocument): Manifest {
  const place = (path: string): Place => ({ ...document.placeAt(offsetOf(path, root)), field: path });
  if (!isObject(value)) throw invalidManifest('want an object with apiVersion and kind', place(''));
  for (const name of ['apiVersion', 'kind']) {
    if (typeof value[name] !== 'string' || value[name] === '') {
      throw invalidManifest(`the object has no ${name}`, place(''));
    }
  }
  return { object: withMetadata(value), place };
}

function withMetadata(value: JsonObject): KubeObject {
  const metadata = isObject(value.metadata) ? value.metadata : {};
  const { apiVersion, kind } = value as { apiVersion: string; kind: string };
  return { ...value, apiVersion, kind, metadata: metadata as unknown as ObjectMeta };
}

function invalidManifest(why: string, place: Place): SlipwayError {
  const hint = 'every document needs apiVersion, kind and metadata';
  return new SlipwayError('invalid', 'MANIFEST_INVALID', why, { place, hint });
}

/** The offset of the key of a member, or of an element. */
function offsetOf(path: string, root: Node | null): number {
  let node = root;
  let offset = node?.range?.[0] ?? 0;
  for (const [, name, bracket = ''] of path.matchAll(/([^.[\]]+)|\[([^\]]*)\]/g)) {
    const step = name ?? (/^\d+$/.test(bracket) ? Number(bracket) : bracket);
    const key = pairOf(node, step)?.key as Node | undefined;
    node = child(node, step);
    if (!node && !key) return offset;
    offset = (key ?? node)?.range?.[0] ?? offset;
  }
  return offset;
}

function pairOf(node: Node | null, step: string | number): Pair | undefined {
  if (!isMap(node)) return undefined;
  return node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
}

function child(node: Node | null, step: string | number): Node | null {
  if (isSeq(node) && typeof step === 'number') return (node.items[step] as Node | undefined) ?? null;
  return (pairOf(node, step)?.value as Node | null | undefined) ?? null;
}
