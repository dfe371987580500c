import type { KubeObject } from './objects/metadata.ts';

/** A kind of object and where the API serves it. */
export interface ResourceType {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources?: readonly string[];
  /** Only `create` exists: the object is a question, and is not stored. */
  readonly createOnly?: boolean;
  /** The only verbs that it has, for one that is a view of other objects. */
  readonly verbs?: readonly string[];
}

type Extras = Pick<ResourceType, 'shortNames' | 'categories' | 'subresources' | 'createOnly' | 'verbs'>;

function family(group: string, version: string, namespaced: boolean) {
  return (plural: string, kind: string, extras: Extras = {}): ResourceType => ({
    group,
    version,
    plural,
    kind,
    namespaced,
    ...extras,
  });
}

const core = family('', 'v1', true);
const coreCluster = family('', 'v1', false);
const rbac = family('rbac.authorization.k8s.io', 'v1', true);
const rbacCluster = family('rbac.authorization.k8s.io', 'v1', false);
const authentication = family('authentication.k8s.io', 'v1', false);
const authorization = family('authorization.k8s.io', 'v1', false);
const tekton = family('tekton.dev', 'v1', true);
const image = family('image.openshift.io', 'v1', true);
const securityCluster = family('security.openshift.io', 'v1', false);
const projectCluster = family('project.openshift.io', 'v1', false);
const openshiftAuthorization = family('authorization.openshift.io', 'v1', false);
const userCluster = family('user.openshift.io', 'v1', false);
const slipwayCluster = family('slipway.dev', 'v1', false);

type ResourceName =
  | 'namespaces'
  | 'pods'
  | 'configmaps'
  | 'secrets'
  | 'serviceaccounts'
  | 'events'
  | 'persistentvolumeclaims'
  | 'nodes'
  | 'limitranges'
  | 'services'
  | 'roles'
  | 'rolebindings'
  | 'clusterroles'
  | 'clusterrolebindings'
  | 'tokenreviews'
  | 'selfsubjectreviews'
  | 'subjectaccessreviews'
  | 'localsubjectaccessreviews'
  | 'selfsubjectaccessreviews'
  | 'selfsubjectrulesreviews'
  | 'tasks'
  | 'taskruns'
  | 'pipelines'
  | 'pipelineruns'
  | 'pipelineresources'
  | 'conditions'
  | 'clustertasks'
  | 'imagestreams'
  | 'imagestreamtags'
  | 'securitycontextconstraints'
  | 'projects'
  | 'projectrequests'
  | 'users'
  | 'openshiftsubjectaccessreviews'
  | 'registrymaintenances';

/** The types that Slipway serves and uses, by plural name. */
export const resources: Readonly<Record<ResourceName, ResourceType>> = {
  namespaces: coreCluster('namespaces', 'Namespace', {
    shortNames: ['ns'],
    subresources: ['status', 'finalize'],
  }),
  pods: core('pods', 'Pod', {
    shortNames: ['po'],
    categories: ['all'],
    subresources: ['status', 'log', 'eviction'],
  }),
  configmaps: core('configmaps', 'ConfigMap', { shortNames: ['cm'] }),
  secrets: core('secrets', 'Secret'),
  serviceaccounts: core('serviceaccounts', 'ServiceAccount', { shortNames: ['sa'], subresources: ['token'] }),
  events: core('events', 'Event', { shortNames: ['ev'] }),
  persistentvolumeclaims: core('persistentvolumeclaims', 'PersistentVolumeClaim', {
    shortNames: ['pvc'],
    subresources: ['status'],
  }),
  nodes: coreCluster('nodes', 'Node', { shortNames: ['no'], subresources: ['status'] }),
  limitranges: core('limitranges', 'LimitRange', { shortNames: ['limits'] }),
  services: core('services', 'Service', {
    shortNames: ['svc'],
    categories: ['all'],
    subresources: ['status'],
  }),
  roles: rbac('roles', 'Role'),
  rolebindings: rbac('rolebindings', 'RoleBinding'),
  clusterroles: rbacCluster('clusterroles', 'ClusterRole'),
  clusterrolebindings: rbacCluster('clusterrolebindings', 'ClusterRoleBinding'),
  tokenreviews: authentication('tokenreviews', 'TokenReview', { createOnly: true }),
  selfsubjectreviews: authentication('selfsubjectreviews', 'SelfSubjectReview', { createOnly: true }),
  subjectaccessreviews: authorization('subjectaccessreviews', 'SubjectAccessReview', { createOnly: true }),
  localsubjectaccessreviews: family('authorization.k8s.io', 'v1', true)(
    'localsubjectaccessreviews',
    'LocalSubjectAccessReview',
    { createOnly: true },
  ),
  selfsubjectaccessreviews: authorization('selfsubjectaccessreviews', 'SelfSubjectAccessReview', {
    createOnly: true,
  }),
  selfsubjectrulesreviews: authorization('selfsubjectrulesreviews', 'SelfSubjectRulesReview', {
    createOnly: true,
  }),
  tasks: tekton('tasks', 'Task', { categories: ['tekton', 'tekton-pipelines'] }),
  taskruns: tekton('taskruns', 'TaskRun', {
    shortNames: ['tr', 'trs'],
    categories: ['tekton', 'tekton-pipelines'],
    subresources: ['status'],
  }),
  pipelines: tekton('pipelines', 'Pipeline', { categories: ['tekton', 'tekton-pipelines'] }),
  pipelineruns: tekton('pipelineruns', 'PipelineRun', {
    shortNames: ['pr', 'prs'],
    categories: ['tekton', 'tekton-pipelines'],
    subresources: ['status'],
  }),
  pipelineresources: family('tekton.dev', 'v1alpha1', true)('pipelineresources', 'PipelineResource', {
    categories: ['tekton', 'tekton-pipelines'],
  }),
  conditions: family('tekton.dev', 'v1alpha1', true)('conditions', 'Condition', {
    categories: ['tekton', 'tekton-pipelines'],
  }),
  clustertasks: family('tekton.dev', 'v1beta1', false)('clustertasks', 'ClusterTask', {
    categories: ['tekton', 'tekton-pipelines'],
  }),
  imagestreams: image('imagestreams', 'ImageStream', { shortNames: ['is'], subresources: ['status'] }),
  imagestreamtags: image('imagestreamtags', 'ImageStreamTag', { shortNames: ['istag'] }),
  securitycontextconstraints: securityCluster('securitycontextconstraints', 'SecurityContextConstraints', {
    shortNames: ['scc'],
  }),
  projects: projectCluster('projects', 'Project', { verbs: ['delete', 'get', 'list'] }),
  projectrequests: projectCluster('projectrequests', 'ProjectRequest', { verbs: ['create', 'list'] }),
  openshiftsubjectaccessreviews: openshiftAuthorization('subjectaccessreviews', 'SubjectAccessReview', {
    verbs: ['create'],
  }),
  users: userCluster('users', 'User', { verbs: ['get'] }),
  registrymaintenances: slipwayCluster('registrymaintenances', 'RegistryMaintenance', {
    subresources: ['status'],
  }),
};

const { tasks, taskruns, pipelines, pipelineruns, clustertasks } = resources;

/** The older versions of Tekton's types, which are served beside those of `resources`; the newer ones come first. */
export const olderResources: readonly ResourceType[] = [
  ...['v1beta1', 'v1alpha1'].flatMap((version) =>
    [tasks, taskruns, pipelines, pipelineruns].map((type) => ({ ...type, version })),
  ),
  { ...clustertasks, version: 'v1alpha1' },
];

/** `v1`, `tekton.dev/v1`: the `apiVersion` of objects of this type. */
export function apiVersionOf(type: Pick<ResourceType, 'group' | 'version'>): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`;
}

/** `pods`, `tasks.tekton.dev`: the name by which messages speak of a type. */
export function qualifiedResource(type: Pick<ResourceType, 'group' | 'plural'>): string {
  return type.group === '' ? type.plural : `${type.plural}.${type.group}`;
}

/** Splits `tekton.dev/v1` into group and version; the core group is empty. */
export function splitApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/');
  return slash < 0
    ? { group: '', version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** The type that serves objects of this apiVersion and kind, or undefined. */
export function resourceFor(
  object: Pick<KubeObject, 'apiVersion' | 'kind'>,
  types: readonly ResourceType[] = [...Object.values(resources), ...olderResources],
): ResourceType | undefined {
  return types.find((type) => type.kind === object.kind && apiVersionOf(type) === object.apiVersion);
}

/** `/api/v1/namespaces/x/pods/y/log`, `/apis/tekton.dev/v1/tasks`: the URL path of a type, object or subresource. */
export function resourcePath(
  type: ResourceType,
  at: { namespace?: string | undefined; name?: string | undefined; subresource?: string | undefined } = {},
): string {
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
  const parts = [root];
  if (type.namespaced && at.namespace) parts.push('namespaces', encodeURIComponent(at.namespace));
  parts.push(type.plural);
  if (at.name) parts.push(encodeURIComponent(at.name));
  if (at.subresource) parts.push(at.subresource);
  return parts.join('/');
}
