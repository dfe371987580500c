import { f, root, struct, type TypeTable } from '../table.ts';

/** Roles and bindings (rbac.authorization.k8s.io/v1). */
export const rbacTypes: TypeTable = {
  Role: root('Permissions within a namespace.', {
    rules: f(2, 'PolicyRule[]', 'What is allowed.'),
  }),
  RoleBinding: root('Grants a role to users, groups and ServiceAccounts within a namespace.', {
    subjects: f(2, 'Subject[]', 'Who is granted the role.'),
    roleRef: f(3, 'RoleRef!', 'The Role or ClusterRole.'),
  }),
  ClusterRole: root('Permissions in the whole cluster, or for use in any namespace.', {
    rules: f(2, 'PolicyRule[]', 'What is allowed.'),
    aggregationRule: f(3, 'AggregationRule', 'Where the rules come from instead.'),
  }),
  ClusterRoleBinding: root('Grants a ClusterRole in the whole cluster.', {
    subjects: f(2, 'Subject[]', 'Who is granted the role.'),
    roleRef: f(3, 'RoleRef!', 'The ClusterRole.'),
  }),
  PolicyRule: struct('Verbs allowed on resources or on URL paths.', {
    verbs: f(1, 'string[]!', 'get, list, watch, create, update, patch, delete, or *.'),
    apiGroups: f(2, 'string[]', 'Groups; the empty string is the core group, * all.'),
    resources: f(3, 'string[]', 'Plural names, resource/subresource, or *.'),
    resourceNames: f(4, 'string[]', 'Only objects with these names.'),
    nonResourceURLs: f(5, 'string[]', 'URL paths; * at the end matches any rest.'),
  }),
  Subject: struct(
    'Who is granted a role.',
    {
      kind: f(1, 'string!', 'User, Group or ServiceAccount.'),
      apiGroup: f(2, 'string'),
      name: f(3, 'string!', 'Its name.'),
      namespace: f(4, 'string', 'The namespace of a ServiceAccount.'),
    },
    { atomic: true },
  ),
  RoleRef: struct(
    'The role that is granted; it cannot be changed.',
    {
      apiGroup: f(1, 'string!', '', { default: 'rbac.authorization.k8s.io' }),
      kind: f(2, 'string!'),
      name: f(3, 'string!'),
    },
    { atomic: true },
  ),
  AggregationRule: struct('Collects the rules of other ClusterRoles.', {
    clusterRoleSelectors: f(1, 'LabelSelector[]'),
  }),
};
