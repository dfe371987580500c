import type { OwnerReference } from '@slipway/kube';
import type { ServerContext } from '../context.ts';
import { viewIn } from '../resources/versions.ts';
import type { StoredObject, StoreEvent } from '../storage/stored-object.ts';
import { deleteObject, FOREGROUND_FINALIZER, ORPHAN_FINALIZER } from '../verbs/delete.ts';
import { replaceObject } from '../verbs/replace.ts';
import { isChanged } from '../verbs/update.ts';
import { systemRequest } from './system-request.ts';
import { WorkList } from './work-list.ts';

/**
 * Deletes what belongs to owners that are gone, and does for an owner that is being deleted what its finalizers ask:
 * `foregroundDeletion` waits for the dependents, `orphan` lets them go. Works on uids: a new object of the same name is
 * another owner.
 */
export class GarbageCollector implements AsyncDisposable {
  readonly #context: ServerContext;
  readonly #work: WorkList;
  readonly #unsubscribe: () => void;

  constructor(context: ServerContext) {
    this.#context = context;
    this.#work = new WorkList((uid) => this.#reconcile(uid), context.logger);
    this.#unsubscribe = context.store.subscribe(undefined, (event) => this.#enqueue(event));
    // What happened while no collector ran.
    for (const { uid } of context.store.withMissingOwner()) this.#work.add(uid);
    for (const { uid } of context.store.terminating()) this.#work.add(uid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe();
    await this.#work[Symbol.asyncDispose]();
  }

  #enqueue({ type, object }: StoreEvent): void {
    const { ownerReferences = [], deletionTimestamp } = object.object.metadata;
    if (type === 'DELETED') {
      for (const dependent of this.#context.store.dependents(object.uid)) this.#work.add(dependent.uid);
      // An owner that waits in the foreground may be free now.
      for (const owner of ownerReferences) this.#work.add(owner.uid);
    } else if (ownerReferences.length > 0 || deletionTimestamp !== undefined) {
      this.#work.add(object.uid);
    }
  }

  async #reconcile(uid: string): Promise<void> {
    const stored = this.#context.store.findByUid(uid);
    if (stored === undefined) return;
    await this.#collect(stored);
    const { deletionTimestamp, finalizers = [] } = stored.object.metadata;
    if (deletionTimestamp === undefined) return;
    if (finalizers.includes(ORPHAN_FINALIZER)) await this.#orphanDependents(stored);
    if (finalizers.includes(FOREGROUND_FINALIZER)) await this.#deleteDependents(stored);
  }

  /** Deletes an object none of whose owners is left; otherwise removes the references to those that are gone. */
  async #collect(stored: StoredObject): Promise<void> {
    const owners = stored.object.metadata.ownerReferences ?? [];
    const living = owners.filter((owner) => this.#lives(owner));
    if (living.length === owners.length) return;
    if (living.length > 0) return this.#setOwners(stored, living);
    if (stored.object.metadata.deletionTimestamp !== undefined) return;
    await this.#delete(stored);
  }

  /** An owner that is being deleted in the foreground counts as gone: it waits for its dependents. */
  #lives({ uid }: OwnerReference): boolean {
    const owner = this.#context.store.findByUid(uid);
    if (owner === undefined) return false;
    const { deletionTimestamp, finalizers = [] } = owner.object.metadata;
    return deletionTimestamp === undefined || !finalizers.includes(FOREGROUND_FINALIZER);
  }

  async #orphanDependents(owner: StoredObject): Promise<void> {
    for (const dependent of this.#context.store.dependents(owner.uid)) {
      const others = (dependent.object.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.uid);
      await this.#setOwners(dependent, others);
    }
    await this.#removeFinalizer(owner.uid, ORPHAN_FINALIZER);
  }

  async #deleteDependents(owner: StoredObject): Promise<void> {
    const dependents = this.#context.store.dependents(owner.uid);
    for (const { uid } of dependents) this.#work.add(uid);
    const isBlocking = ({ object }: StoredObject): boolean =>
      (object.metadata.ownerReferences ?? []).some(
        (ref) => ref.uid === owner.uid && ref.blockOwnerDeletion === true,
      );
    if (!dependents.some(isBlocking)) await this.#removeFinalizer(owner.uid, FOREGROUND_FINALIZER);
  }

  async #delete({ key, uid }: StoredObject): Promise<void> {
    const request = systemRequest(this.#context, key);
    if (request === undefined) return;
    const propagationPolicy = 'Background';
    await deleteObject(this.#context, request, { propagationPolicy, preconditions: { uid } });
  }

  async #setOwners(stored: StoredObject, owners: readonly OwnerReference[]): Promise<void> {
    await this.#change(stored, (object) => {
      object.metadata.ownerReferences = [...owners];
      if (owners.length === 0) delete object.metadata.ownerReferences;
    });
  }

  async #removeFinalizer(uid: string, finalizer: string): Promise<void> {
    const stored = this.#context.store.findByUid(uid);
    if (stored === undefined) return;
    await this.#change(stored, ({ metadata }) => {
      metadata.finalizers = (metadata.finalizers ?? []).filter((each) => each !== finalizer);
    });
  }

  async #change(stored: StoredObject, edit: (object: StoredObject['object']) => void): Promise<void> {
    const request = systemRequest(this.#context, stored.key);
    if (request === undefined) return;
    const object = viewIn(request.definition, stored).copy();
    edit(object);
    try {
      await replaceObject(this.#context, request, stored, object, {});
    } catch (error) {
      // Someone wrote it in between: that write is an event, and brings it here again.
      if (!isChanged(error)) throw error;
      this.#work.add(stored.uid);
    }
  }
}
