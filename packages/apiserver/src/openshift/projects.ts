import {
  type KubeObject,
  type Namespace,
  type Project,
  type ProjectRequest,
  type RoleBinding,
  requiredField,
  resources,
  StatusError,
} from '@slipway/kube';
import { CONTROL_PLANE, type UserInfo } from '../authn/user.ts';
import type { ResourceRequest, ServerContext } from '../context.ts';
import type { ResourceView } from '../resources/definition.ts';
import { StoredObject } from '../storage/stored-object.ts';
import { createObject } from '../verbs/create.ts';
import { deleteObject } from '../verbs/delete.ts';
import { getObject } from '../verbs/get.ts';
import { listObjects } from '../verbs/list.ts';

const PROJECT = { resource: 'project.openshift.io/projects', namespace: '' };

/** Projects: the namespaces that the user may get, as OpenShift's clients see them. */
export const projectView: ResourceView = {
  get: (context, request) => projectOf(getObject(context, namespaceRequest(context, request))),
  list(context, request) {
    const { items, ...rest } = listObjects(context, namespaceRequest(context, request));
    const visible = items.filter(({ key }) => mayGet(context, request.user, key.name));
    return { ...rest, items: visible.map(projectOf) };
  },
  async delete(context, request, options) {
    const { object, gone } = await deleteObject(context, namespaceRequest(context, request), options);
    return { object: projectOf(object), gone };
  },
};

/** A request for a project makes a namespace, and whoever asked its administrator (`oc new-project`). */
export const projectRequestView: ResourceView = {
  // What `oc` asks before it asks for a project: whether it may.
  list: () => ({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' }),
  async create(context, request, body, { dryRun }) {
    const { metadata, displayName = '', description = '' } = body as ProjectRequest;
    if (!metadata.name) {
      const missing = requiredField('metadata.name', 'a project has a name');
      throw StatusError.invalid('ProjectRequest.project.openshift.io', '', [missing]);
    }
    const annotations = {
      'openshift.io/description': description,
      'openshift.io/display-name': displayName,
      'openshift.io/requester': request.user.username,
    };
    const namespace: Namespace = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: metadata.name, annotations },
    };
    const system = namespaceRequest(context, { ...request, name: '' });
    const stored = await createObject(context, system, { value: namespace }, { dryRun });
    if (!dryRun) await makeAdministrator(context, request.user, stored.key.name);
    return projectOf(stored);
  },
};

async function makeAdministrator(context: ServerContext, user: UserInfo, namespace: string): Promise<void> {
  const apiGroup = 'rbac.authorization.k8s.io';
  const binding: RoleBinding = {
    apiVersion: `${apiGroup}/v1`,
    kind: 'RoleBinding',
    metadata: { name: 'admin', namespace },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'admin' },
    subjects: [{ kind: 'User', apiGroup, name: user.username }],
  };
  const request = systemRequestFor(context, resources.rolebindings, namespace);
  await createObject(context, request, { value: binding });
}

/** After the user's right to the project was checked, the control plane itself works on the namespace. */
function namespaceRequest(context: ServerContext, { name }: ResourceRequest): ResourceRequest {
  return { ...systemRequestFor(context, resources.namespaces, ''), name };
}

function systemRequestFor(
  { catalog }: ServerContext,
  type: (typeof resources)[keyof typeof resources],
  namespace: string,
): ResourceRequest {
  const definition = catalog.find(type.group, type.version, type.plural);
  if (definition === undefined) throw StatusError.notFound(type, '');
  return { user: CONTROL_PLANE, definition, namespace, name: '', warn: () => {} };
}

function mayGet({ authorizer }: ServerContext, user: UserInfo, name: string): boolean {
  const review = { verb: 'get', group: '', resource: 'namespaces', namespace: name, name };
  return authorizer.authorize({ user, ...review }).allowed;
}

function projectOf({ object, key, uid, revision }: StoredObject): StoredObject {
  const { metadata, spec, status } = object as Namespace;
  const project: Project = {
    kind: 'Project',
    apiVersion: 'project.openshift.io/v1',
    metadata,
    spec: { finalizers: spec?.finalizers ?? [] },
    status: { phase: status?.phase ?? 'Active' },
  };
  return new StoredObject(
    { ...PROJECT, name: key.name },
    uid,
    revision,
    JSON.stringify(project as KubeObject),
  );
}
