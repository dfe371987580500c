import type { FieldError } from '../field-error.ts';
import type { KubeObject } from '../objects/metadata.ts';
import type { KindSchema } from '../schema/kinds.ts';
import { validateClaim } from './claim.ts';
import { validateConfigMap, validateSecret } from './config.ts';
import { validatePod } from './pod.ts';
import { validateBinding, validateRole } from './rbac.ts';

const BY_KIND: Readonly<Record<string, (object: never) => FieldError[]>> = {
  Pod: validatePod,
  ConfigMap: validateConfigMap,
  Secret: validateSecret,
  PersistentVolumeClaim: validateClaim,
  Role: validateRole,
  ClusterRole: validateRole,
  RoleBinding: validateBinding,
  ClusterRoleBinding: validateBinding,
};

/** What is wrong with an object by the rules of its kind; its types must be right. */
export function kindRules(object: KubeObject, { kind, custom }: KindSchema): FieldError[] {
  return custom ? [] : (BY_KIND[kind]?.(object as never) ?? []);
}
