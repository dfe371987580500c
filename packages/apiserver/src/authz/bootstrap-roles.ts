import type { ClusterRole, ClusterRoleBinding, PolicyRule, Subject } from '@slipway/kube';
import { PREDEFINED } from '../admission/scc/predefined.ts';

const API_VERSION = 'rbac.authorization.k8s.io/v1';
const GROUP = 'rbac.authorization.k8s.io';
/** On a role: a newer version of the control plane may add rules. */
export const AUTOUPDATE = 'rbac.authorization.kubernetes.io/autoupdate';
const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'delete', 'deletecollection', 'patch', 'update'];
const ALL = [...READ, ...WRITE];

function rule(group: string, resources: string[], verbs: string[]): PolicyRule {
  return { apiGroups: [group], resources, verbs };
}

function paths(nonResourceURLs: string[]): PolicyRule {
  return { nonResourceURLs, verbs: ['get'] };
}

/** `aggregateTo`: the roles whose rules include these (`admin`, `edit`, `view`). */
function clusterRole(name: string, rules: PolicyRule[], aggregateTo: string[] = []): ClusterRole {
  const aggregation = aggregateTo.map((role) => [`${GROUP}/aggregate-to-${role}`, 'true']);
  return {
    apiVersion: API_VERSION,
    kind: 'ClusterRole',
    metadata: {
      name,
      labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...Object.fromEntries(aggregation) },
      annotations: { [AUTOUPDATE]: 'true' },
    },
    rules,
  };
}

/** A role that is the sum of those labelled for it. */
function aggregatedRole(name: string): ClusterRole {
  const selector = { matchLabels: { [`${GROUP}/aggregate-to-${name}`]: 'true' } };
  return { ...clusterRole(name, []), aggregationRule: { clusterRoleSelectors: [selector] } };
}

const PULL = rule('image.openshift.io', ['imagestreams/layers'], ['get']);
const PUSH = rule('image.openshift.io', ['imagestreams/layers'], ['get', 'update']);

const VIEWED_CORE = [
  'configmaps',
  'endpoints',
  'events',
  'limitranges',
  'namespaces',
  'persistentvolumeclaims',
  'persistentvolumeclaims/status',
  'pods',
  'pods/log',
  'pods/status',
  'resourcequotas',
  'serviceaccounts',
  'services',
];
const EDITED_CORE = ['configmaps', 'events', 'persistentvolumeclaims', 'pods', 'serviceaccounts', 'services'];
const TEKTON = [
  'tasks',
  'taskruns',
  'pipelines',
  'pipelineruns',
  'pipelineresources',
  'conditions',
  'stepactions',
  'customruns',
];
const IMAGES = ['imagestreams', 'imagestreamtags', 'imagestreamimages'];

/** OpenShift's names of the roles that allow to use an SCC. */
const SCC_ROLES = PREDEFINED.map(({ metadata: { name } }) =>
  clusterRole(`system:openshift:scc:${name}`, [
    { ...rule('security.openshift.io', ['securitycontextconstraints'], ['use']), resourceNames: [name] },
  ]),
);

/** The ClusterRoles that every cluster has, with OpenShift's for its registry and Tekton's for its objects. */
export const BOOTSTRAP_CLUSTER_ROLES: readonly ClusterRole[] = [
  clusterRole('cluster-admin', [rule('*', ['*'], ['*']), { nonResourceURLs: ['*'], verbs: ['*'] }]),
  aggregatedRole('admin'),
  aggregatedRole('edit'),
  aggregatedRole('view'),
  clusterRole(
    'system:aggregate-to-admin',
    [
      rule(GROUP, ['roles', 'rolebindings'], ALL),
      rule('authorization.k8s.io', ['localsubjectaccessreviews'], ['create']),
      rule('project.openshift.io', ['projects'], ['delete']),
    ],
    ['admin'],
  ),
  clusterRole(
    'system:aggregate-to-edit',
    [
      rule('', EDITED_CORE, WRITE),
      rule('', ['secrets'], ALL),
      rule('', ['serviceaccounts'], ['impersonate']),
      rule('', ['serviceaccounts/token'], ['create']),
    ],
    ['edit', 'admin'],
  ),
  clusterRole(
    'system:aggregate-to-view',
    [rule('', VIEWED_CORE, READ), rule('project.openshift.io', ['projects'], ['get'])],
    ['view', 'edit', 'admin'],
  ),
  clusterRole('tekton-aggregate-edit', [rule('tekton.dev', TEKTON, ALL)], ['edit', 'admin']),
  clusterRole('tekton-aggregate-view', [rule('tekton.dev', TEKTON, READ)], ['view']),
  clusterRole(
    'system:image-aggregate-edit',
    [rule('image.openshift.io', IMAGES, ALL), PUSH],
    ['edit', 'admin'],
  ),
  clusterRole('system:image-aggregate-view', [rule('image.openshift.io', IMAGES, READ), PULL], ['view']),
  clusterRole('system:image-puller', [PULL]),
  clusterRole('system:image-pusher', [PUSH]),
  clusterRole('system:image-builder', [
    PUSH,
    rule('image.openshift.io', ['imagestreams'], ['create', 'get']),
  ]),
  clusterRole('system:basic-user', [
    rule('authorization.k8s.io', ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'], ['create']),
    rule('authentication.k8s.io', ['selfsubjectreviews'], ['create']),
  ]),
  clusterRole('system:discovery', [
    paths([
      '/api',
      '/api/*',
      '/apis',
      '/apis/*',
      '/healthz',
      '/livez',
      '/openapi',
      '/openapi/*',
      '/readyz',
      '/version',
      '/version/',
    ]),
  ]),
  clusterRole('system:public-info-viewer', [
    paths(['/healthz', '/livez', '/readyz', '/version', '/version/']),
  ]),
  clusterRole('system:service-account-issuer-discovery', [
    paths([
      '/.well-known/openid-configuration',
      '/.well-known/openid-configuration/',
      '/openid/v1/jwks',
      '/openid/v1/jwks/',
    ]),
  ]),
  clusterRole('system:auth-delegator', [
    rule('authentication.k8s.io', ['tokenreviews'], ['create']),
    rule('authorization.k8s.io', ['subjectaccessreviews'], ['create']),
  ]),
  clusterRole('basic-user', [
    { ...rule('user.openshift.io', ['users'], ['get']), resourceNames: ['~'] },
    rule('project.openshift.io', ['projects'], ['list']),
    rule('authorization.openshift.io', ['subjectaccessreviews'], ['create']),
    rule('security.openshift.io', ['securitycontextconstraints'], ['list', 'get']),
  ]),
  clusterRole('self-provisioner', [rule('project.openshift.io', ['projectrequests'], ['create', 'list'])]),
  ...SCC_ROLES,
];

function group(name: string): Subject {
  return { kind: 'Group', apiGroup: GROUP, name };
}

function clusterRoleBinding(role: string, subjects: Subject[]): ClusterRoleBinding {
  return {
    apiVersion: API_VERSION,
    kind: 'ClusterRoleBinding',
    metadata: {
      name: role,
      labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
      annotations: { [AUTOUPDATE]: 'true' },
    },
    subjects,
    roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: role },
  };
}

/** Who has which of them from the start. */
export const BOOTSTRAP_CLUSTER_ROLE_BINDINGS: readonly ClusterRoleBinding[] = [
  clusterRoleBinding('cluster-admin', [group('system:masters')]),
  clusterRoleBinding('system:basic-user', [group('system:authenticated')]),
  clusterRoleBinding('system:discovery', [group('system:authenticated')]),
  clusterRoleBinding('system:public-info-viewer', [
    group('system:authenticated'),
    group('system:unauthenticated'),
  ]),
  clusterRoleBinding('basic-user', [group('system:authenticated')]),
  clusterRoleBinding('self-provisioner', [group('system:authenticated:oauth')]),
  clusterRoleBinding('system:openshift:scc:restricted-v2', [group('system:authenticated')]),
  clusterRoleBinding('system:service-account-issuer-discovery', [group('system:serviceaccounts')]),
];
