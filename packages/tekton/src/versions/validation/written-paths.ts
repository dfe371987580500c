import type { KubeObject } from '@slipway/kube';
import { FieldErrors } from '../../validation/field-errors.ts';
import { quote } from '../../validation/names.ts';
import { jsonOf } from '../json.ts';
import { valueAt } from './resource-lists.ts';

/**
 * Problems of an object's v1 view as problems of the object that its author wrote: fields by the names that they have
 * there, texts in the spelling that they have there (`rewritten`: today's spelling to the author's).
 */
export function asWritten(
  errors: FieldErrors,
  object: KubeObject,
  rewritten: ReadonlyMap<string, string>,
): FieldErrors {
  const result = new FieldErrors();
  for (const { message, paths, details } of errors.problems) {
    result.add(
      writtenText(message, rewritten),
      paths.map((path) => writtenPath(path, object)),
      details,
    );
  }
  return result;
}

function writtenText(message: string, rewritten: ReadonlyMap<string, string>): string {
  let text = message;
  for (const [today, before] of rewritten) text = text.replaceAll(quote(today), () => quote(before));
  return text;
}

/** v1's name of a field, where it stands, and the older name. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/^((?:.*\.)?(?:steps\[\d+\]|sidecars\[\d+\]|stepTemplate))\.computeResources\b/, '$1.resources'],
  [/\bstepSpecs\b/, 'stepOverrides'],
  [/\bsidecarSpecs\b/, 'sidecarOverrides'],
  [/\btaskRunTemplate\./, ''],
  [/^(spec\.taskRunSpecs\[\d+\])\.serviceAccountName\b/, '$1.taskServiceAccountName'],
  [/^(spec\.taskRunSpecs\[\d+\])\.podTemplate\b/, '$1.taskPodTemplate'],
];

function writtenPath(path: string, object: KubeObject): string {
  let written = path;
  for (const [pattern, name] of NAMES) written = written.replace(pattern, name);
  const spec = jsonOf(object.spec);
  if (spec.timeout !== undefined) written = written.replace(/^spec\.timeouts\.pipeline\b/, 'spec.timeout');
  if (spec.serviceAccountName === undefined && spec.serviceAccount !== undefined) {
    written = written.replace(/^spec\.serviceAccountName\b/, 'spec.serviceAccount');
  }
  return withInputs(written, object);
}

/** `spec.params` of who wrote `spec.inputs.params`. */
function withInputs(path: string, object: KubeObject): string {
  const [, owner] = /^(.*?)\.params(?=[.[]|$)/.exec(path) ?? [];
  const wrote = (field: string): boolean => valueAt(object, `${owner}.${field}`) !== undefined;
  if (owner === undefined || wrote('params') || !wrote('inputs.params')) return path;
  return `${owner}.inputs${path.slice(owner.length)}`;
}
