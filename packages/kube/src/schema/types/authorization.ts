import { f, root, struct, type TypeTable } from '../table.ts';

/** Who may do what (authorization.k8s.io/v1). */
export const authorizationTypes: TypeTable = {
  SelfSubjectAccessReview: root('Asks whether the caller may do something.', {
    spec: f(2, 'SelfSubjectAccessReviewSpec!'),
    status: f(3, 'SubjectAccessReviewStatus'),
  }),
  SubjectAccessReview: root('Asks whether someone may do something.', {
    spec: f(2, 'SubjectAccessReviewSpec!'),
    status: f(3, 'SubjectAccessReviewStatus'),
  }),
  LocalSubjectAccessReview: root('Asks whether someone may do something in a namespace.', {
    spec: f(2, 'SubjectAccessReviewSpec!'),
    status: f(3, 'SubjectAccessReviewStatus'),
  }),
  SelfSubjectRulesReview: root('Asks what the caller may do in a namespace.', {
    spec: f(2, 'SelfSubjectRulesReviewSpec!'),
    status: f(3, 'SubjectRulesReviewStatus'),
  }),
  SelfSubjectAccessReviewSpec: struct('', {
    resourceAttributes: f(1, 'ResourceAttributes'),
    nonResourceAttributes: f(2, 'NonResourceAttributes'),
  }),
  SubjectAccessReviewStatus: struct('', {
    allowed: f(1, 'boolean!', 'Whether it is allowed.'),
    denied: f(4, 'boolean'),
    reason: f(2, 'string', 'Why.'),
    evaluationError: f(3, 'string'),
  }),
  SubjectAccessReviewSpec: struct('', {
    resourceAttributes: f(1, 'ResourceAttributes'),
    nonResourceAttributes: f(2, 'NonResourceAttributes'),
    user: f(3, 'string'),
    groups: f(4, 'string[]'),
    extra: f(5, 'strings{}'),
    uid: f(6, 'string'),
  }),
  SelfSubjectRulesReviewSpec: struct('', {
    namespace: f(1, 'string'),
  }),
  SubjectRulesReviewStatus: struct('', {
    resourceRules: f(1, 'ResourceRule[]!'),
    nonResourceRules: f(2, 'NonResourceRule[]!'),
    incomplete: f(3, 'boolean!'),
    evaluationError: f(4, 'string'),
  }),
  ResourceAttributes: struct('', {
    namespace: f(1, 'string'),
    verb: f(2, 'string'),
    group: f(3, 'string'),
    version: f(4, 'string'),
    resource: f(5, 'string'),
    subresource: f(6, 'string'),
    name: f(7, 'string'),
    fieldSelector: f(8, 'FieldSelectorAttributes'),
    labelSelector: f(9, 'LabelSelectorAttributes'),
  }),
  NonResourceAttributes: struct('', {
    path: f(1, 'string'),
    verb: f(2, 'string'),
  }),
  ResourceRule: struct('', {
    verbs: f(1, 'string[]!'),
    apiGroups: f(2, 'string[]'),
    resources: f(3, 'string[]'),
    resourceNames: f(4, 'string[]'),
  }),
  NonResourceRule: struct('', {
    verbs: f(1, 'string[]!'),
    nonResourceURLs: f(2, 'string[]'),
  }),
  FieldSelectorAttributes: struct('', {
    rawSelector: f(1, 'string'),
    requirements: f(2, 'SelectorRequirement[]'),
  }),
  LabelSelectorAttributes: struct('', {
    rawSelector: f(1, 'string'),
    requirements: f(2, 'SelectorRequirement[]'),
  }),
  SelectorRequirement: struct('One requirement of a selector.', {
    key: f(1, 'string!'),
    operator: f(2, 'string!'),
    values: f(3, 'string[]'),
  }),
};
