import type {
  KubeObject,
  PersistentVolumeClaim,
  RoleBinding,
  ServiceAccount,
  Task,
  TaskRun,
} from '@slipway/kube';
import type { BuildRequest } from './build-request.ts';
import { catalogTask } from './catalog-task.ts';
import { type BuildMethod, CACHE_CLAIM } from './methods/method.ts';
import { methodNamed } from './methods/methods.ts';

const DEFAULT_ACCOUNT = 'pipeline';
/** As OpenShift names it: may push to the repositories of its namespace. */
const BUILDER_ROLE = 'system:image-builder';

/**
 * The objects of one build, in the order in which to apply them: ServiceAccount, RoleBinding, the cache's claim where
 * asked for, Task, TaskRun. The last has a generateName and is created, the others are applied.
 */
export function renderBuild(request: BuildRequest): KubeObject[] {
  const method = methodNamed(request.method);
  return [
    serviceAccount(request),
    roleBinding(request),
    ...(request.cacheSize === undefined ? [] : [cacheClaim(request.namespace, request.cacheSize)]),
    task(request, method),
    taskRun(request, method),
  ];
}

const accountName = ({ serviceAccount }: BuildRequest): string => serviceAccount ?? DEFAULT_ACCOUNT;

function serviceAccount(request: BuildRequest): ServiceAccount {
  const { namespace } = request;
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: accountName(request), namespace } };
}

function roleBinding(request: BuildRequest): RoleBinding {
  const { namespace } = request;
  const name = accountName(request);
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: `${name}-image-builder`, namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: BUILDER_ROLE },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  };
}

function cacheClaim(namespace: string, size: string): PersistentVolumeClaim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: CACHE_CLAIM, namespace },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: size } } },
  };
}

function task(request: BuildRequest, method: BuildMethod): Task {
  const found = catalogTask(method.task);
  const placed = { ...found, metadata: { ...found.metadata, namespace: request.namespace } };
  return method.adapt?.(placed, request) ?? placed;
}

function taskRun(request: BuildRequest, method: BuildMethod): TaskRun {
  const workspaces = method.workspaces(request);
  return {
    apiVersion: 'tekton.dev/v1',
    kind: 'TaskRun',
    metadata: { name: '', generateName: `${baseName(request.image)}-build-`, namespace: request.namespace },
    spec: {
      taskRef: { name: method.task },
      serviceAccountName: accountName(request),
      params: method.params(request),
      ...(workspaces.length > 0 ? { workspaces } : {}),
      ...(request.timeout === undefined ? {} : { timeout: request.timeout }),
    },
  };
}

/** The last part of an image's repository, as part of a name: `cicd-demo` of `r:5000/cicd-demo/cicd-demo:1`. */
function baseName(image: string): string {
  const last = image.split('@')[0]!.split('/').at(-1)!.split(':')[0]!;
  const name = last
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return name.slice(0, 40) || 'image';
}
