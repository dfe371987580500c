import { type FieldError, fieldPath, invalidField, requiredField, tooLongField } from '../field-error.ts';
import {
  dnsLabelProblems,
  dnsSubdomainProblems,
  labelValueProblems,
  pathSegmentProblems,
  qualifiedNameProblems,
} from '../names.ts';
import type { KubeObject, OwnerReference } from '../objects/metadata.ts';
import type { ResourceType } from '../resources.ts';

const MAX_ANNOTATIONS_BYTES = 256 * 1024;
/** Groups whose names may be anything that fits into a URL path; an image stream tag is `<stream>:<tag>`. */
const FREE_NAMES: readonly string[] = ['rbac.authorization.k8s.io', 'image.openshift.io'];

/** What is wrong with an object's metadata: name, labels, annotations, owners, finalizers; run it after `validateObject`. */
export function validateMetadata(object: KubeObject, type: ResourceType): FieldError[] {
  const { metadata } = object;
  return [
    ...validateName(object, type),
    ...Object.entries(metadata.labels ?? {}).flatMap(([key, value]) => validateLabel(key, value)),
    ...validateAnnotations(metadata.annotations ?? {}),
    ...(metadata.ownerReferences ?? []).flatMap(validateOwner),
    ...(metadata.finalizers ?? []).flatMap((finalizer, index) =>
      problems(`metadata.finalizers[${index}]`, finalizer, qualifiedNameProblems(finalizer)),
    ),
  ];
}

function problems(field: string, value: unknown, found: readonly string[]): FieldError[] {
  return found.map((problem) => invalidField(field, value, problem));
}

function validateName({ metadata }: KubeObject, type: ResourceType): FieldError[] {
  const { name, generateName } = metadata;
  if (!name && !generateName) return [requiredField('metadata.name', 'name or generateName is required')];
  const rule = nameRule(type);
  // What the server appends begins with a letter, so that a base may end in a dash or a dot.
  const base = generateName ? problems('metadata.generateName', generateName, rule(`${generateName}x`)) : [];
  return name ? [...base, ...problems('metadata.name', name, rule(name))] : base;
}

function nameRule(type: ResourceType): (name: string) => string[] {
  if (FREE_NAMES.includes(type.group)) return pathSegmentProblems;
  return type.group === '' && type.plural === 'namespaces' ? dnsLabelProblems : dnsSubdomainProblems;
}

function validateLabel(key: string, value: string): FieldError[] {
  return [
    ...problems('metadata.labels', key, qualifiedNameProblems(key)),
    ...problems('metadata.labels', value, labelValueProblems(value)),
  ];
}

function validateAnnotations(annotations: Readonly<Record<string, string>>): FieldError[] {
  const keys = Object.keys(annotations).flatMap((key) =>
    problems('metadata.annotations', key, qualifiedNameProblems(key.toLowerCase())),
  );
  const bytes = Object.entries(annotations).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
  return bytes > MAX_ANNOTATIONS_BYTES
    ? [...keys, tooLongField('metadata.annotations', MAX_ANNOTATIONS_BYTES)]
    : keys;
}

function validateOwner(owner: OwnerReference, index: number): FieldError[] {
  const at = fieldPath('metadata.ownerReferences', index);
  return (['apiVersion', 'kind', 'name', 'uid'] as const)
    .filter((name) => !owner[name])
    .map((name) => requiredField(fieldPath(at, name), 'must not be empty'));
}
