import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import { StoredObject, type StoreEvent } from './stored-object.ts';

type Row = Record<string, SQLOutputValue>;

const COLUMNS = 'resource, namespace, name, uid, revision, value';

type StatementName =
  | 'lastRevision'
  | 'compacted'
  | 'setCompacted'
  | 'get'
  | 'byUid'
  | 'list'
  | 'count'
  | 'put'
  | 'delete'
  | 'putEvent'
  | 'eventsAfter'
  | 'dropEvents'
  | 'putOwner'
  | 'dropOwners'
  | 'dependents'
  | 'missingOwner'
  | 'contents'
  | 'terminating';

const SQL: Readonly<Record<StatementName, string>> = {
  lastRevision: 'SELECT max(revision) AS revision FROM events',
  compacted: `SELECT value FROM meta WHERE key = 'compacted'`,
  setCompacted: `UPDATE meta SET value = ? WHERE key = 'compacted'`,
  get: `SELECT ${COLUMNS} FROM objects WHERE resource = ? AND namespace = ? AND name = ?`,
  byUid: `SELECT ${COLUMNS} FROM objects WHERE uid = ?`,
  // The second parameter is 1 for all namespaces.
  list: `SELECT ${COLUMNS} FROM objects WHERE resource = ? AND (? OR namespace = ?)
    AND (namespace, name) > (?, ?) ORDER BY namespace, name LIMIT ?`,
  count: `SELECT count(*) AS count FROM objects WHERE resource = ? AND (? OR namespace = ?)
    AND (namespace, name) > (?, ?)`,
  put: `INSERT OR REPLACE INTO objects (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`,
  delete: 'DELETE FROM objects WHERE resource = ? AND namespace = ? AND name = ?',
  putEvent: 'INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)',
  eventsAfter: 'SELECT * FROM events WHERE resource = ? AND revision > ? ORDER BY revision',
  dropEvents: 'DELETE FROM events WHERE revision <= ?',
  putOwner: 'INSERT OR IGNORE INTO owners VALUES (?, ?, ?, ?)',
  dropOwners: 'DELETE FROM owners WHERE resource = ? AND namespace = ? AND name = ?',
  dependents: `SELECT ${COLUMNS} FROM owners JOIN objects USING (resource, namespace, name) WHERE owner = ?`,
  missingOwner: `SELECT ${COLUMNS} FROM objects WHERE (resource, namespace, name) IN
    (SELECT resource, namespace, name FROM owners WHERE owner NOT IN (SELECT uid FROM objects))`,
  contents: `SELECT ${COLUMNS} FROM objects WHERE namespace = ? AND namespace <> ''`,
  terminating: `SELECT ${COLUMNS} FROM objects WHERE value ->> '$.metadata.deletionTimestamp' IS NOT NULL`,
};

export type Statements = Readonly<Record<StatementName, StatementSync>>;

/** Every statement of the store, compiled once. */
export function prepareStatements(database: DatabaseSync): Statements {
  const entries = Object.entries(SQL).map(([name, sql]) => [name, database.prepare(sql)] as const);
  return Object.fromEntries(entries) as Statements;
}

/** A row of `objects`. */
export function storedObject(row: Row): StoredObject {
  const key = { resource: String(row.resource), namespace: String(row.namespace), name: String(row.name) };
  return new StoredObject(key, String(row.uid), Number(row.revision), String(row.value));
}

/** A row of `events`. */
export function storedEvent(row: Row): StoreEvent {
  const key = { resource: String(row.resource), namespace: String(row.namespace), name: String(row.name) };
  const previous = row.previous === null ? undefined : historic(key, String(row.previous));
  return { type: row.type as StoreEvent['type'], object: historic(key, String(row.value)), previous };
}

function historic(key: StoredObject['key'], text: string): StoredObject {
  const { uid, resourceVersion } = (
    JSON.parse(text) as { metadata: { uid: string; resourceVersion: string } }
  ).metadata;
  return new StoredObject(key, uid, Number(resourceVersion), text);
}
