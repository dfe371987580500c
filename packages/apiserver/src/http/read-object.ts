import type { IncomingMessage } from 'node:http';
import { decodeKubeProtobuf, parseJson, parseYamlValue, StatusError } from '@slipway/kube';
import type { Body } from '../verbs/body.ts';
import type { ObjectPatch } from '../verbs/patch.ts';
import { contentType, readBody } from './request-body.ts';

const JSON_TYPE = 'application/json';
const YAML_TYPE = 'application/yaml';
const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const ACCEPTED = [JSON_TYPE, YAML_TYPE, PROTOBUF];

const PATCH_TYPES: ReadonlyMap<string, ObjectPatch['type']> = new Map([
  ['application/json-patch+json', 'json'],
  ['application/merge-patch+json', 'merge'],
  ['application/strategic-merge-patch+json', 'strategic'],
  ['application/apply-patch+yaml', 'apply'],
]);

/** The object in the body of a request, in JSON, YAML or Kubernetes' protobuf. */
export async function readObject(request: IncomingMessage): Promise<Body> {
  const type = contentType(request);
  if (!ACCEPTED.includes(type)) throw StatusError.unsupportedMediaType(type, ACCEPTED);
  return parse(type, await readBody(request));
}

/** The patch in the body of a request; its media type says which kind it is. */
export async function readPatch(request: IncomingMessage): Promise<ObjectPatch> {
  const type = contentType(request);
  const kind = PATCH_TYPES.get(type);
  if (kind === undefined) throw StatusError.unsupportedMediaType(type, [...PATCH_TYPES.keys()]);
  const bytes = await readBody(request);
  return { type: kind, ...parse(kind === 'apply' ? YAML_TYPE : JSON_TYPE, bytes) };
}

/** The options of a deletion; there need be none. */
export async function readDeleteBody(request: IncomingMessage): Promise<unknown> {
  const bytes = await readBody(request);
  if (bytes.length === 0) return undefined;
  const type = contentType(request);
  if (!ACCEPTED.includes(type)) throw StatusError.unsupportedMediaType(type, ACCEPTED);
  return parse(type, bytes).value;
}

function parse(type: string, bytes: Buffer): Body {
  if (type === PROTOBUF) return { value: decodeKubeProtobuf(bytes) };
  const text = bytes.toString('utf8');
  if (type === JSON_TYPE) return parseJson(text);
  // Clients that send YAML mostly send JSON, which is read much faster; but `{a: b}` is YAML only.
  return isJson(text) ? parseJson(text) : parseYamlValue(text);
}

function isJson(text: string): boolean {
  if (!/^\s*\{/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    // Then the YAML parser says what is wrong with it, if anything is.
    return false;
  }
}
