import { type KubeObject, type PipelineResource, splitApiVersion } from '@slipway/kube';
import type { TektonConfig } from '../config.ts';
import type { FieldErrors } from '../validation/field-errors.ts';
import { WRITTEN_IN_ANNOTATION, WRITTEN_IN_V1ALPHA1 } from '../versions/annotations.ts';
import { convertVersion } from '../versions/convert.ts';
import { validateCondition } from '../versions/validation/condition.ts';
import { validateOlderFields } from '../versions/validation/older-fields.ts';
import { validatePipelineResource } from '../versions/validation/resource-spec.ts';
import { asWritten } from '../versions/validation/written-paths.ts';
import type { TektonAdmissionRequest } from './admission.ts';
import { keepNewShape } from './moved-version.ts';

type Request = TektonAdmissionRequest & { readonly object: KubeObject };

/** Whether an object is of a version of Tekton's API before v1. */
export function isOlder({ apiVersion }: KubeObject): boolean {
  return splitApiVersion(apiVersion).version !== 'v1';
}

/** What is wrong with a PipelineResource. */
export function admitPipelineResource({ object }: Request): FieldErrors {
  return validatePipelineResource(object as PipelineResource);
}

/** What is wrong with a Condition. */
export function admitCondition({ object }: Request): FieldErrors {
  return validateCondition(object);
}

/**
 * Admits an object of an older version: its spec stays as it was written, its v1 view has to be right, and gives it the
 * labels and annotations that a v1 object gets.
 */
export function admitOlder(
  request: Request,
  config: TektonConfig,
  admitV1: (request: Request, config: TektonConfig) => FieldErrors,
): FieldErrors {
  const { object, oldObject } = request;
  if (oldObject !== undefined) keepNewShape(object, oldObject);
  const rewritten = new Map<string, string>();
  const note = (before: string, after: string): void =>
    void rewritten.set(after, rewritten.get(before) ?? before);
  const view = convertVersion(object, 'v1', { config, note });
  const before = structuredClone(view.metadata);
  const old = oldObject && convertVersion(oldObject, 'v1', { config });
  const errors = admitV1({ ...request, object: view, oldObject: old }, config);
  errors.merge('', validateOlderFields(object, view));
  takeMetadata(object, before, view.metadata);
  if (request.operation === 'CREATE') noteVersion(object);
  return asWritten(errors, object, rewritten);
}

/** The steps of the first versions shared a home folder: whoever makes the Pod of such a run has to know. */
function noteVersion({ apiVersion, kind, metadata }: KubeObject): void {
  if (apiVersion !== WRITTEN_IN_V1ALPHA1 || !kind.endsWith('Run')) return;
  metadata.annotations = { [WRITTEN_IN_ANNOTATION]: WRITTEN_IN_V1ALPHA1, ...metadata.annotations };
}

/** What admission changed in the metadata of the view, in the object itself. */
function takeMetadata(
  { metadata }: KubeObject,
  before: KubeObject['metadata'],
  after: KubeObject['metadata'],
): void {
  if (after.labels !== undefined) metadata.labels = after.labels;
  for (const key of Object.keys({ ...before.annotations, ...after.annotations })) {
    const value = after.annotations?.[key];
    if (value === before.annotations?.[key]) continue;
    metadata.annotations = { ...metadata.annotations };
    if (value === undefined) delete metadata.annotations[key];
    else metadata.annotations[key] = value;
  }
}
