import type { KubeObject } from './metadata.ts';

/** A namespace as OpenShift's clients see it (project.openshift.io/v1). */
export interface Project extends KubeObject {
  apiVersion: 'project.openshift.io/v1';
  kind: 'Project';
  spec?: { finalizers?: string[] };
  status?: { phase?: 'Active' | 'Terminating' };
}

/** Asks for a new namespace (project.openshift.io/v1). */
export interface ProjectRequest extends KubeObject {
  apiVersion: 'project.openshift.io/v1';
  kind: 'ProjectRequest';
  displayName?: string;
  description?: string;
}

/** Somebody who has logged in (user.openshift.io/v1). */
export interface User extends KubeObject {
  apiVersion: 'user.openshift.io/v1';
  kind: 'User';
  fullName?: string;
  identities?: string[] | null;
  groups?: string[];
}
