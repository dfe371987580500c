import { f, j, root, struct, type TypeTable } from '../table.ts';

/** Namespaces as OpenShift's clients see them (project.openshift.io/v1). */
export const projectTypes: TypeTable = {
  Project: root('A namespace, as its users see it.', {
    spec: f(2, 'ProjectSpec', 'Finalizers.'),
    status: f(3, 'ProjectStatus', 'Its phase.'),
  }),
  ProjectSpec: struct('', { finalizers: f(1, 'string[]', 'What must be done before the project goes.') }),
  ProjectStatus: struct('', { phase: f(1, 'string', 'Active or Terminating.') }),
  ProjectRequest: root('Asks for a new namespace; whoever asks becomes its administrator.', {
    displayName: f(2, 'string', 'Its name for people.'),
    description: f(3, 'string', 'What it is for.'),
  }),
};

/** Who is logged in (user.openshift.io/v1). */
export const userTypes: TypeTable = {
  User: root('Somebody who has logged in.', {
    fullName: f(2, 'string', 'The name for people.'),
    identities: f(3, 'string[]', 'By which identity providers.'),
    groups: f(4, 'string[]', 'The groups of the user.'),
  }),
};

/** OpenShift's own question whether something is allowed (authorization.openshift.io/v1), from before Kubernetes had one. */
export const accessReviewTypes: TypeTable = {
  SubjectAccessReview: root('Asks whether the caller may do something.', {
    namespace: j('string', 'Empty for all of the cluster.'),
    verb: j('string', 'get, list, create, …'),
    resourceAPIGroup: j('string', 'Empty for the core group.'),
    resourceAPIVersion: j('string', 'Not looked at.'),
    resource: j('string', 'Plural.'),
    resourceName: j('string', 'Empty for all.'),
    path: j('string', 'A URL path instead of a resource.'),
    isNonResourceURL: j('boolean', 'Whether the path is asked about.'),
    content: j('any', 'Not looked at.'),
    user: j('string', 'Empty for the caller.'),
    groups: j('string[]', 'Empty for those of the caller.'),
    scopes: j('string[]', 'Not looked at.'),
  }),
};
