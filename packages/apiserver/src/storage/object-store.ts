import type { DatabaseSync } from 'node:sqlite';
import { SlipwayError } from '@slipway/core';
import type { KubeObject } from '@slipway/kube';
import { openDatabase, translated } from './database.ts';
import { EventHub, type StoreListener } from './event-hub.ts';
import { prepareStatements, type Statements, storedEvent, storedObject } from './statements.ts';
import { type ObjectKey, StoredObject, type StoreEvent } from './stored-object.ts';

export interface ListQuery {
  readonly resource: string;
  /** Absent: all namespaces. */
  readonly namespace?: string | undefined;
  /** Only what sorts after this place. */
  readonly after?: { readonly namespace: string; readonly name: string } | undefined;
  readonly limit?: number | undefined;
  /** The state as it was at this revision; default: now. Throws REVISION_COMPACTED. */
  readonly revision?: number | undefined;
}

export interface ObjectStoreOptions {
  /** How many events the log keeps, for watches that resume. Default 10,000. */
  readonly keepEvents?: number;
}

const COMPACT_EVERY = 500;

/**
 * The objects and the log of their changes in one SQLite file, numbered by one revision counter (the
 * `resourceVersion` of Kubernetes). All calls are synchronous: two of them in a row see no change in between.
 */
export class ObjectStore {
  readonly #database: DatabaseSync;
  readonly #sql: Statements;
  readonly #hub = new EventHub();
  readonly #keepEvents: number;
  readonly #undelivered: StoreEvent[] = [];
  #delivering = false;
  #revision: number;
  #compacted: number;

  constructor(file: string, options: ObjectStoreOptions = {}) {
    this.#database = openDatabase(file);
    this.#sql = prepareStatements(this.#database);
    this.#keepEvents = options.keepEvents ?? 10_000;
    this.#compacted = Number(this.#sql.compacted.get()?.value ?? 0);
    // Revision 0 means "any" to Kubernetes clients, so that the first state is 1.
    this.#revision = Math.max(1, this.#compacted, Number(this.#sql.lastRevision.get()?.revision ?? 0));
  }

  /** The newest revision. */
  get revision(): number {
    return this.#revision;
  }

  /** Events up to this revision are not kept any more. */
  get compactedRevision(): number {
    return this.#compacted;
  }

  get(key: ObjectKey): StoredObject | undefined {
    const row = translated(() => this.#sql.get.get(key.resource, key.namespace, key.name));
    return row === undefined ? undefined : storedObject(row);
  }

  findByUid(uid: string): StoredObject | undefined {
    const row = translated(() => this.#sql.byUid.get(uid));
    return row === undefined ? undefined : storedObject(row);
  }

  /** Objects sorted by namespace and name, and whether the limit cut some off. */
  list(query: ListQuery): { items: StoredObject[]; remaining: boolean } {
    const past = query.revision !== undefined && query.revision !== this.#revision;
    const rows = past ? this.#listPast(query, query.revision) : this.#listNow(query, query.limit);
    const limit = query.limit ?? 0;
    if (limit > 0 && rows.length > limit) return { items: rows.slice(0, limit), remaining: true };
    return { items: rows, remaining: false };
  }

  /** How many objects of the resource come after a place in its list. */
  count(resource: string, namespace: string | undefined, after: { namespace: string; name: string }): number {
    const all = namespace === undefined ? 1 : 0;
    const row = this.#sql.count.get(resource, all, namespace ?? '', after.namespace, after.name);
    return Number(row?.count ?? 0);
  }

  /** Stores a new object. Throws OBJECT_EXISTS. */
  create(key: ObjectKey, object: KubeObject): StoredObject {
    return this.#write(() => {
      if (this.get(key) !== undefined) {
        throw new SlipwayError('conflict', 'OBJECT_EXISTS', `${key.resource} ${key.name} exists`);
      }
      return this.#put('ADDED', key, object, undefined);
    });
  }

  /** Replaces the object whose revision is `expected`. Throws OBJECT_CHANGED when it is another one by now. */
  update(key: ObjectKey, object: KubeObject, expected: number): StoredObject {
    return this.#write(() => this.#put('MODIFIED', key, object, this.#current(key, expected)));
  }

  /** Removes the object whose revision is `expected`; `object` is its last state. Throws OBJECT_CHANGED. */
  delete(key: ObjectKey, expected: number, object?: KubeObject): StoredObject {
    return this.#write(() => {
      const previous = this.#current(key, expected);
      return this.#put('DELETED', key, object ?? previous.copy(), previous);
    });
  }

  /** What happened after `revision`, oldest first. Throws REVISION_COMPACTED when the log does not go back so far. */
  eventsAfter(revision: number, resource: string): StoreEvent[] {
    this.#requireKept(revision);
    return translated(() => this.#sql.eventsAfter.all(resource, revision)).map(storedEvent);
  }

  /** Calls `listener` for each event as it is committed. Returns the way to stop. */
  subscribe(resource: string | undefined, listener: StoreListener): () => void {
    return this.#hub.subscribe(resource, listener);
  }

  /** The objects that name `uid` as an owner. */
  dependents(uid: string): StoredObject[] {
    return this.#sql.dependents.all(uid).map(storedObject);
  }

  /** The objects that name an owner which does not exist. */
  withMissingOwner(): StoredObject[] {
    return this.#sql.missingOwner.all().map(storedObject);
  }

  /** Everything inside a namespace. */
  contents(namespace: string): StoredObject[] {
    return this.#sql.contents.all(namespace).map(storedObject);
  }

  /** Everything that has a deletionTimestamp. */
  terminating(): StoredObject[] {
    return this.#sql.terminating.all().map(storedObject);
  }

  /** Forgets all but the newest `keep` events. */
  compact(keep: number = this.#keepEvents): void {
    const upTo = this.#revision - keep;
    if (upTo <= this.#compacted) return;
    translated(() =>
      this.#transaction(() => {
        this.#sql.dropEvents.run(upTo);
        this.#sql.setCompacted.run(upTo);
      }),
    );
    this.#compacted = upTo;
  }

  close(): void {
    this.#database.close();
  }

  #listNow(query: ListQuery, limit: number | undefined): StoredObject[] {
    const after = query.after ?? { namespace: '', name: '' };
    const all = query.namespace === undefined ? 1 : 0;
    const most = limit !== undefined && limit > 0 ? limit + 1 : -1;
    const { resource, namespace = '' } = query;
    return translated(() =>
      this.#sql.list.all(resource, all, namespace, after.namespace, after.name, most),
    ).map(storedObject);
  }

  /** The past is the present with the later events undone: each object as it was before its first later event. */
  #listPast(query: ListQuery, revision: number): StoredObject[] {
    this.#requireKept(revision);
    const states = new Map<string, StoredObject>();
    for (const item of this.#listNow(query, undefined)) states.set(sortKey(item.key), item);
    for (const event of this.eventsAfter(revision, query.resource).reverse()) {
      const { key } = event.object;
      if (query.namespace !== undefined && key.namespace !== query.namespace) continue;
      if (query.after !== undefined && sortKey(key) <= sortKey(query.after)) continue;
      if (event.previous === undefined) states.delete(sortKey(key));
      else states.set(sortKey(key), event.previous);
    }
    return [...states].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
  }

  #requireKept(revision: number): void {
    if (revision >= this.#compacted) return;
    throw new SlipwayError(
      'gone',
      'REVISION_COMPACTED',
      `too old resource version: ${revision} (${this.#compacted})`,
    );
  }

  #current(key: ObjectKey, expected: number): StoredObject {
    const current = this.get(key);
    if (current?.revision === expected) return current;
    throw new SlipwayError('conflict', 'OBJECT_CHANGED', `${key.resource} ${key.name} has changed`);
  }

  #put(
    type: StoreEvent['type'],
    key: ObjectKey,
    object: KubeObject,
    previous: StoredObject | undefined,
  ): StoreEvent {
    const revision = this.#revision + 1;
    const metadata = { ...object.metadata, resourceVersion: String(revision) };
    const text = JSON.stringify({ ...object, metadata });
    const uid = metadata.uid ?? '';
    const { resource, namespace, name } = key;
    if (type === 'DELETED') this.#sql.delete.run(resource, namespace, name);
    else this.#sql.put.run(resource, namespace, name, uid, revision, text);
    if (previous?.object.metadata.ownerReferences !== undefined) {
      this.#sql.dropOwners.run(resource, namespace, name);
    }
    if (type !== 'DELETED') {
      for (const owner of metadata.ownerReferences ?? []) {
        this.#sql.putOwner.run(owner.uid, resource, namespace, name);
      }
    }
    this.#sql.putEvent.run(revision, resource, namespace, name, type, text, previous?.text ?? null);
    return { type, object: new StoredObject(key, uid, revision, text), previous };
  }

  #write(action: () => StoreEvent): StoredObject {
    const event = translated(() => this.#transaction(action));
    this.#revision = event.object.revision;
    if (this.#revision % COMPACT_EVERY === 0) this.compact();
    this.#deliver(event);
    return event.object;
  }

  #transaction<T>(action: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = action();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite has already rolled back by itself after some failures, a full disk among them.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /** A listener may write; its events wait here, so that every listener sees all events in order. */
  #deliver(event: StoreEvent): void {
    this.#undelivered.push(event);
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      for (let next = this.#undelivered.shift(); next !== undefined; next = this.#undelivered.shift()) {
        this.#hub.publish(next);
      }
    } finally {
      this.#delivering = false;
    }
  }
}

function sortKey(key: { readonly namespace: string; readonly name: string }): string {
  return `${key.namespace}\u0000${key.name}`;
}
