import { f, root, struct, type TypeTable } from '../table.ts';

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
