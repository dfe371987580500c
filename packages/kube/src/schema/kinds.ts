import { apiVersionOf, type ResourceType } from '../resources.ts';
import { SchemaResolver } from './resolve.ts';
import type { ObjectSchema } from './schema.ts';
import type { TypeTable } from './table.ts';
import { affinityTypes } from './types/affinity.ts';
import { authenticationTypes } from './types/authentication.ts';
import { authorizationTypes } from './types/authorization.ts';
import { claimTypes } from './types/claim.ts';
import { containerTypes } from './types/container.ts';
import { coreTypes } from './types/core.ts';
import { imageTypes } from './types/image.ts';
import { metaTypes } from './types/meta.ts';
import { namespacePolicyTypes } from './types/namespace-policy.ts';
import { nodeTypes } from './types/node.ts';
import { podTypes } from './types/pod.ts';
import { podStatusTypes } from './types/pod-status.ts';
import { accessReviewTypes, projectTypes, userTypes } from './types/project.ts';
import { rbacTypes } from './types/rbac.ts';
import { registryMaintenanceTypes } from './types/registry-maintenance.ts';
import { sccTypes } from './types/scc.ts';
import { securityTypes } from './types/security.ts';
import { pipelineTypes } from './types/tekton-pipeline.ts';
import { pipelineRunTypes } from './types/tekton-pipelinerun.ts';
import { taskTypes } from './types/tekton-task.ts';
import { taskRunTypes } from './types/tekton-taskrun.ts';
import { v1alpha1Types } from './types/tekton-v1alpha1.ts';
import { v1beta1Types } from './types/tekton-v1beta1.ts';
import { volumeTypes } from './types/volume.ts';
import { networkVolumeTypes } from './types/volume-network.ts';

/** One API group version: its types, and how its objects are treated. */
interface Family {
  /** Before the names of its types in OpenAPI. */
  readonly prefix: string;
  readonly types: TypeTable;
  /**
   * A custom resource, as Tekton's are in a cluster: no strategic merge, and the defaults and enumerations of the core
   * types that it contains do not apply, since its fields may hold `$(params.x)`.
   */
  readonly custom: boolean;
}

/** What is known of a kind of object. */
export interface KindSchema {
  readonly apiVersion: string;
  readonly kind: string;
  readonly schema: ObjectSchema;
  readonly custom: boolean;
}

const coreV1: TypeTable = {
  ...coreTypes,
  ...podTypes,
  ...podStatusTypes,
  ...containerTypes,
  ...securityTypes,
  ...volumeTypes,
  ...networkVolumeTypes,
  ...claimTypes,
  ...affinityTypes,
  ...nodeTypes,
  ...namespacePolicyTypes,
};

const tektonV1: TypeTable = { ...taskTypes, ...taskRunTypes, ...pipelineTypes, ...pipelineRunTypes };

const builtin = (prefix: string, types: TypeTable): Family => ({ prefix, types, custom: false });

/** By apiVersion. A new group version is one line here and its table. */
const families: Readonly<Record<string, Family>> = {
  v1: builtin('io.k8s.api.core.v1', coreV1),
  'rbac.authorization.k8s.io/v1': builtin('io.k8s.api.rbac.v1', rbacTypes),
  'authentication.k8s.io/v1': builtin('io.k8s.api.authentication.v1', authenticationTypes),
  'authorization.k8s.io/v1': builtin('io.k8s.api.authorization.v1', authorizationTypes),
  'tekton.dev/v1': { prefix: 'dev.tekton.v1', types: tektonV1, custom: true },
  'tekton.dev/v1beta1': { prefix: 'dev.tekton.v1beta1', types: v1beta1Types, custom: true },
  'tekton.dev/v1alpha1': { prefix: 'dev.tekton.v1alpha1', types: v1alpha1Types, custom: true },
  'security.openshift.io/v1': builtin('com.github.openshift.api.security.v1', sccTypes),
  'project.openshift.io/v1': builtin('com.github.openshift.api.project.v1', projectTypes),
  'user.openshift.io/v1': builtin('com.github.openshift.api.user.v1', userTypes),
  'authorization.openshift.io/v1': builtin('com.github.openshift.api.authorization.v1', accessReviewTypes),
  'image.openshift.io/v1': { prefix: 'com.github.openshift.api.image.v1', types: imageTypes, custom: true },
  'slipway.dev/v1': { prefix: 'dev.slipway.v1', types: registryMaintenanceTypes, custom: true },
};

const META_PREFIX = 'io.k8s.apimachinery.pkg.apis.meta.v1';

const resolver = new SchemaResolver(
  new Map([
    [META_PREFIX, metaTypes],
    ...Object.values(families).map(({ prefix, types }) => [prefix, types] as const),
  ]),
);

/** The schema of a kind, or undefined when Slipway does not know it. */
export function kindSchema(apiVersion: string, kind: string): KindSchema | undefined {
  const family = families[apiVersion];
  if (!family || !Object.hasOwn(family.types, kind)) return undefined;
  const schema = resolver.object(kind, family.prefix);
  if (!['apiVersion', 'kind', 'metadata'].every((name) => schema.fields.has(name))) return undefined;
  return { apiVersion, kind, schema, custom: family.custom };
}

/** The schema of the objects of a resource type, or undefined. */
export function schemaFor(type: Pick<ResourceType, 'group' | 'version' | 'kind'>): KindSchema | undefined {
  return kindSchema(apiVersionOf(type), type.kind);
}

/** A type of meta/v1 that is no object of its own: DeleteOptions, ListMeta, Status, … */
export function metaSchema(name: string): ObjectSchema {
  return resolver.object(name, META_PREFIX);
}
