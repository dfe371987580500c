import { isDeepStrictEqual } from 'node:util';
import {
  type FieldError,
  forbiddenField,
  invalidField,
  type KubeObject,
  type Namespace,
  type PersistentVolumeClaim,
  type RoleBinding,
  requiredField,
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

/** Members that the well-known types of Secret must have (core/v1 validation). */
const REQUIRED_KEYS: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};

export const secretStrategy: Strategy = {
  validate(object) {
    const { type = '', data = {}, metadata } = object as Secret;
    const missing = (REQUIRED_KEYS[type] ?? []).filter((key) => data[key] === undefined);
    const errors = missing.map((key) => requiredField(`data[${key}]`));
    if (type === 'kubernetes.io/basic-auth' && !('username' in data) && !('password' in data)) {
      errors.push(requiredField('data[username]'), requiredField('data[password]'));
    }
    const account = 'kubernetes.io/service-account.name';
    if (type === 'kubernetes.io/service-account-token' && !metadata.annotations?.[account]) {
      errors.push(requiredField(`metadata.annotations[${account}]`));
    }
    return [...errors, ...keyErrors(data, 'data')];
  },
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
  validate(object) {
    const { data, binaryData } = object as { data?: object; binaryData?: object };
    return [...keyErrors(data ?? {}, 'data'), ...keyErrors(binaryData ?? {}, 'binaryData')];
  },
  validateUpdate: (object, old) => immutableErrors(object, old, ['data', 'binaryData']),
};

function keyErrors(data: object, field: string): FieldError[] {
  const why =
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  " +
    "or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
  return Object.keys(data)
    .filter((key) => !/^[-._a-zA-Z0-9]{1,253}$/.test(key) || key === '.' || key === '..')
    .map((key) => invalidField(`${field}[${key}]`, key, why));
}

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
  validate(object) {
    const { subjects = [] } = object as RoleBinding;
    return subjects.flatMap(({ kind, name, namespace }, index) => {
      const at = `subjects[${index}]`;
      const errors = name ? [] : [requiredField(`${at}.name`)];
      const isCluster = object.kind === 'ClusterRoleBinding';
      if (kind === 'ServiceAccount' && isCluster && !namespace) errors.push(requiredField(`${at}.namespace`));
      return errors;
    });
  },
  validateUpdate(object, old) {
    const { roleRef } = object as RoleBinding;
    if (isDeepStrictEqual(roleRef, (old as RoleBinding).roleRef)) return [];
    return [invalidField('roleRef', roleRef, 'cannot change roleRef')];
  },
};
