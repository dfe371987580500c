import { DatabaseSync } from 'node:sqlite';
import { SlipwayError } from '@slipway/core';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS objects (
    resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
    uid TEXT NOT NULL, revision INTEGER NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (resource, namespace, name)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS objects_uid ON objects (uid);
  CREATE INDEX IF NOT EXISTS objects_namespace ON objects (namespace) WHERE namespace <> '';
  CREATE TABLE IF NOT EXISTS events (
    revision INTEGER PRIMARY KEY, resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
    type TEXT NOT NULL, value TEXT NOT NULL, previous TEXT
  );
  CREATE INDEX IF NOT EXISTS events_resource ON events (resource, revision);
  CREATE TABLE IF NOT EXISTS owners (
    owner TEXT NOT NULL, resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
    PRIMARY KEY (owner, resource, namespace, name)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS owners_object ON owners (resource, namespace, name);
  CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  INSERT OR IGNORE INTO meta VALUES ('schema', 1), ('compacted', 0);
`;

const SCHEMA_VERSION = 1;

/**
 * Opens (or creates) the SQLite file of the object store. Throws STORE_CORRUPT or STORE_NEWER when the file is not
 * one that this version can use, and STORE_FULL when there is no space for it.
 */
export function openDatabase(file: string): DatabaseSync {
  const database = translated(() => new DatabaseSync(file));
  try {
    translated(() => {
      // WAL with synchronous=NORMAL: a commit does not wait for the disk, so a write costs microseconds. A crash of
      // the process loses nothing; a loss of power may lose the last commits, and never corrupts the file.
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000;');
      // The write-ahead log is truncated after each checkpoint, so that one burst of writes does not keep its size.
      database.exec('PRAGMA journal_size_limit = 4194304;');
      database.exec(SCHEMA);
    });
    const version = database.prepare(`SELECT value FROM meta WHERE key = 'schema'`).get()?.value;
    if (version !== SCHEMA_VERSION) {
      throw new SlipwayError(
        'unsupported',
        'STORE_NEWER',
        `${file} has schema ${version}, this program knows 1`,
        {
          hint: 'run the newer slipway that wrote it, or choose another --state-dir',
        },
      );
    }
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

const SQLITE_FULL = 13;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

/** Runs `action`; SQLite's failures become SlipwayErrors: a full disk is kind `exhausted`, code STORE_FULL. */
export function translated<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw storeError(error);
  }
}

function storeError(error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error)) return error;
  // The low byte is the primary code, the rest says more about it (https://sqlite.org/rescode.html).
  const code = Number(error.errcode) & 0xff;
  if (code === SQLITE_FULL || code === SQLITE_IOERR) {
    return new SlipwayError(
      'exhausted',
      'STORE_FULL',
      'the disk of the state folder is full: nothing was stored',
      {
        hint: 'free some space there, then try again',
        cause: error,
      },
    );
  }
  if (code === SQLITE_CORRUPT || code === SQLITE_NOTADB) {
    return new SlipwayError('internal', 'STORE_CORRUPT', `the object store is damaged: ${error.message}`, {
      hint: 'restore a copy of the state folder, or start with an empty one',
      cause: error,
    });
  }
  return error;
}
