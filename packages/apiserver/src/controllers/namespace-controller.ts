import { type ConfigMap, isStatus, type Namespace, resources, type ServiceAccount } from '@slipway/kube';
import type { ServerContext } from '../context.ts';
import { NAMESPACE_FINALIZER } from '../resources/core-strategies.ts';
import type { StoreEvent } from '../storage/stored-object.ts';
import { createObject } from '../verbs/create.ts';
import { deleteObject } from '../verbs/delete.ts';
import { getObject } from '../verbs/get.ts';
import { updateObject } from '../verbs/update.ts';
import { systemRequest } from './system-request.ts';
import { WorkList } from './work-list.ts';

const ROOT_CA = 'kube-root-ca.crt';

/** Keeps the ServiceAccount `default` and the CA's ConfigMap in each namespace, and empties those that are deleted. */
export class NamespaceController implements AsyncDisposable {
  readonly #context: ServerContext;
  readonly #work: WorkList;
  readonly #unsubscribe: () => void;

  constructor(context: ServerContext) {
    this.#context = context;
    this.#work = new WorkList((name) => this.#reconcile(name), context.logger);
    this.#unsubscribe = context.store.subscribe(undefined, (event) => this.#enqueue(event));
    for (const { key } of context.store.list({ resource: '/namespaces' }).items) this.#work.add(key.name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe();
    await this.#work[Symbol.asyncDispose]();
  }

  #enqueue({ type, object: { key } }: StoreEvent): void {
    if (key.resource === '/namespaces') this.#work.add(key.name);
    else if (type === 'DELETED' && key.namespace !== '') this.#work.add(key.namespace);
  }

  async #reconcile(name: string): Promise<void> {
    const stored = this.#context.store.get({ resource: '/namespaces', namespace: '', name });
    if (stored === undefined) return;
    if (stored.object.metadata.deletionTimestamp === undefined)
      await ensureNamespaceDefaults(this.#context, name);
    else await this.#empty(name);
  }

  /** Deletes the contents; the last of them to go brings the namespace here again. */
  async #empty(name: string): Promise<void> {
    const { store } = this.#context;
    for (const { key, object } of store.contents(name)) {
      const request = systemRequest(this.#context, key);
      if (request === undefined || object.metadata.deletionTimestamp !== undefined) continue;
      await deleteObject(this.#context, request, { propagationPolicy: 'Background' });
    }
    if (store.contents(name).length > 0) return;
    const request = systemRequest(this.#context, { resource: '/namespaces', namespace: '', name });
    if (request === undefined) return;
    const namespace = getObject(this.#context, request).copy() as Namespace;
    namespace.spec = {
      finalizers: (namespace.spec?.finalizers ?? []).filter((each) => each !== NAMESPACE_FINALIZER),
    };
    await updateObject(this.#context, { ...request, subresource: 'finalize' }, { value: namespace });
  }
}

/** Creates what every namespace has, where it is missing; part of creating a namespace, so that nobody has to wait. */
export async function ensureNamespaceDefaults(context: ServerContext, namespace: string): Promise<void> {
  const account: ServiceAccount = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace },
  };
  const rootCa: ConfigMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: ROOT_CA,
      namespace,
      annotations: {
        'kubernetes.io/description':
          'Contains a CA bundle that can be used to verify the Kubernetes API of this control plane.',
      },
    },
    data: { 'ca.crt': context.ca },
  };
  await createMissing(context, resources.serviceaccounts.plural, account);
  const stored = await createMissing(context, resources.configmaps.plural, rootCa);
  if (stored !== undefined && (stored as ConfigMap).data?.['ca.crt'] !== context.ca)
    await renew(context, rootCa);
}

/** Returns the object that is there already. */
async function createMissing(
  context: ServerContext,
  plural: string,
  object: ServiceAccount | ConfigMap,
): Promise<ServiceAccount | ConfigMap | undefined> {
  const { namespace = '', name } = object.metadata;
  const key = { resource: `/${plural}`, namespace, name };
  const stored = context.store.get(key);
  if (stored !== undefined) return stored.object as ServiceAccount | ConfigMap;
  const request = systemRequest(context, { ...key, name: '' });
  if (request === undefined) return undefined;
  try {
    await createObject(context, request, { value: object });
  } catch (error) {
    // Both the creator of the namespace and the controller come here; and the namespace may be on its way out.
    if (!isStatus(error, 'AlreadyExists', 'Forbidden', 'NotFound')) throw error;
  }
  return undefined;
}

/** The control plane got a new CA. */
async function renew(context: ServerContext, rootCa: ConfigMap): Promise<void> {
  const { namespace = '', name } = rootCa.metadata;
  const request = systemRequest(context, { resource: '/configmaps', namespace, name });
  if (request !== undefined) await updateObject(context, request, { value: rootCa });
}
