import { isDeepStrictEqual } from 'node:util';
import {
  type FieldError,
  forbiddenField,
  invalidField,
  type KubeObject,
  type Namespace,
  type PersistentVolumeClaim,
  type RoleBinding,
  type Secret,
} from '@slipway/kube';
import { invalidLevels } from '../admission/pod-security/policy.ts';
import type { Strategy } from './definition.ts';

/** The finalizer of a namespace: it is removed when the namespace is empty. */
export const NAMESPACE_FINALIZER = 'kubernetes';
/** The label that names the namespace, for selectors. */
const NAME_LABEL = 'kubernetes.io/metadata.name';

export const namespaceStrategy: Strategy = {
  prepareCreate(object) {
    const namespace = object as Namespace;
    namespace.spec = { finalizers: [NAMESPACE_FINALIZER] };
    namespace.status = { phase: 'Active' };
    namespace.metadata.labels = { ...namespace.metadata.labels, [NAME_LABEL]: namespace.metadata.name };
  },
  prepareUpdate(object, old) {
    const namespace = object as Namespace;
    namespace.spec = structuredClone((old as Namespace).spec ?? {});
    namespace.metadata.labels = { ...namespace.metadata.labels, [NAME_LABEL]: namespace.metadata.name };
  },
  validate({ metadata }) {
    return invalidLevels(metadata.labels).map(([key, value]) =>
      invalidField(`metadata.labels[${key}]`, value, 'must be one of privileged, baseline, restricted'),
    );
  },
};

export const secretStrategy: Strategy = {
  validateUpdate(object, old) {
    const errors = immutableErrors(object, old, ['data']);
    const { type } = old as Secret;
    if ((object as Secret).type !== type) {
      errors.push(invalidField('type', (object as Secret).type, 'field is immutable'));
    }
    return errors;
  },
};

export const configMapStrategy: Strategy = {
  validateUpdate: (object, old) => immutableErrors(object, old, ['data', 'binaryData']),
};

function immutableErrors(object: KubeObject, old: KubeObject, members: readonly string[]): FieldError[] {
  if (old.immutable !== true) return [];
  const why = 'field is immutable when `immutable` is set';
  return ['immutable', ...members]
    .filter((member) => !isDeepStrictEqual(object[member] ?? {}, old[member] ?? {}))
    .map((member) => forbiddenField(member, why));
}

export const claimStrategy: Strategy = {
  validateUpdate(object, old) {
    const fixed = ({ spec }: PersistentVolumeClaim): unknown => ({
      ...spec,
      resources: undefined,
      volumeName: undefined,
    });
    if (isDeepStrictEqual(fixed(object as PersistentVolumeClaim), fixed(old as PersistentVolumeClaim)))
      return [];
    return [forbiddenField('spec', 'spec is immutable after creation except resources.requests')];
  },
};

export const bindingStrategy: Strategy = {
  validateUpdate(object, old) {
    const { roleRef } = object as RoleBinding;
    if (isDeepStrictEqual(roleRef, (old as RoleBinding).roleRef)) return [];
    return [invalidField('roleRef', roleRef, 'cannot change roleRef')];
  },
};
