import {
  type KubeObject,
  matchesFields,
  matchesLabels,
  parseFieldSelector,
  parseLabelSelector,
  StatusError,
} from '@slipway/kube';
import type { ResourceDefinition } from '../resources/definition.ts';
import type { StoredObject } from '../storage/stored-object.ts';

export interface Selectors {
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

/** What a list or watch selects: undefined when it is everything. */
export type Selection = ((object: KubeObject) => boolean) | undefined;

/** Parses both selectors. Throws BadRequest for a field that the kind cannot be selected by. */
export function selection(definition: ResourceDefinition, selectors: Selectors): Selection {
  const labels = parseLabelSelector(selectors.labelSelector ?? '');
  const fields = parseFieldSelector(selectors.fieldSelector ?? '');
  for (const { path } of fields) {
    if (path === 'metadata.name' || path === 'metadata.namespace') continue;
    if (definition.selectableFields.includes(path)) continue;
    throw StatusError.badRequest(`field label not supported: ${path}`);
  }
  if (labels.length === 0 && fields.length === 0) return undefined;
  return (object) => matchesLabels(labels, object.metadata.labels) && matchesFields(fields, object);
}

/** Whether a stored object is selected; it is parsed only when there is something to compare. */
export function selects(chosen: Selection, stored: StoredObject): boolean {
  return chosen === undefined || chosen(stored.object);
}
