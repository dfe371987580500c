import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Digest } from '@slipway/oci';
import { openDatabase } from './database.ts';
import { GroupCommit } from './group-commit.ts';
import type { ManifestLink, ManifestRecord, Page, ReferrerRecord } from './records.ts';

const REPOSITORY = '(SELECT id FROM repositories WHERE name = ?)';

/**
 * Repositories, their tags, manifests, referrers and visible blobs, in SQLite. Reads are synchronous and see only what
 * is durable; changes run inside `change`, which resolves when they are.
 */
export class MetadataStore {
  readonly #database: DatabaseSync;
  readonly #commits: GroupCommit;
  readonly #statements = new Map<string, StatementSync>();

  /** Opens the database in `folder`, and makes it there when it is new. */
  constructor(folder: string) {
    this.#database = openDatabase(folder);
    this.#commits = new GroupCommit(this.#database, folder);
  }

  /** Runs a change and resolves with its value when it is durable; a change that throws changes nothing. */
  change<T>(work: (writer: MetadataWriter) => T): Promise<T> {
    return this.#commits.run(() => work(this.#writer));
  }

  close(): void {
    this.#database.close();
  }

  hasRepository(repository: string): boolean {
    return this.#get('SELECT id FROM repositories WHERE name = ?', repository) !== undefined;
  }

  /** A blob that the repository shows: its size in bytes, and when it was last linked or asked for (ms since 1970). */
  blob(repository: string, digest: Digest): { size: number; used: number } | undefined {
    return this.#get(
      `SELECT size, used FROM blobs WHERE repository = ${REPOSITORY} AND digest = ?`,
      repository,
      digest,
    );
  }

  blobSize(repository: string, digest: Digest): number | undefined {
    return this.blob(repository, digest)?.size;
  }

  manifest(repository: string, digest: Digest): { mediaType: string; size: number } | undefined {
    return this.#get(
      `SELECT media_type AS mediaType, size FROM manifests WHERE repository = ${REPOSITORY} AND digest = ?`,
      repository,
      digest,
    );
  }

  taggedManifest(
    repository: string,
    tag: string,
  ): { digest: Digest; mediaType: string; size: number; updated: number } | undefined {
    return this.#get(
      `SELECT digest, media_type AS mediaType, size, updated FROM tags JOIN manifests USING (repository, digest)
       WHERE tags.repository = ${REPOSITORY} AND name = ?`,
      repository,
      tag,
    );
  }

  /** Tags in the order of their bytes. */
  tags(repository: string, page: Page): string[] {
    return this.#all<{ name: string }>(
      `SELECT name FROM tags WHERE repository = ${REPOSITORY} AND name > ? ORDER BY name LIMIT ?`,
      repository,
      page.last,
      page.limit,
    ).map((row) => row.name);
  }

  /** Repositories that hold a manifest, in the order of their names' bytes. */
  repositories(page: Page): string[] {
    return this.#all<{ name: string }>(
      `SELECT name FROM repositories WHERE name > ? AND EXISTS (SELECT 1 FROM manifests WHERE repository = id)
       ORDER BY name LIMIT ?`,
      page.last,
      page.limit,
    ).map((row) => row.name);
  }

  /** Digests of the repository's manifests. */
  manifests(repository: string): Digest[] {
    return this.#all<{ digest: Digest }>(
      `SELECT digest FROM manifests WHERE repository = ${REPOSITORY}`,
      repository,
    ).map((row) => row.digest);
  }

  referrers(
    repository: string,
    subject: Digest,
    artifactType: string | undefined,
    page: Page,
  ): ReferrerRecord[] {
    return this.#all<
      Omit<ReferrerRecord, 'annotations'> & { annotations: string | null; artifactType: string | null }
    >(
      `SELECT digest, media_type AS mediaType, size, artifact_type AS artifactType, annotations FROM manifests
       WHERE repository = ${REPOSITORY} AND subject = ? AND digest > ? AND (?4 IS NULL OR artifact_type = ?4)
       ORDER BY digest LIMIT ?5`,
      repository,
      subject,
      page.last,
      artifactType ?? null,
      page.limit,
    ).map(({ annotations, artifactType: type, ...rest }) => ({
      ...rest,
      artifactType: type ?? undefined,
      annotations: annotations === null ? undefined : JSON.parse(annotations),
    }));
  }

  /** Repositories that show the blob, at most `limit`. */
  repositoriesWithBlob(digest: Digest, limit: number): string[] {
    return this.#all<{ name: string }>(
      'SELECT name FROM blobs JOIN repositories ON repository = id WHERE digest = ? LIMIT ?',
      digest,
      limit,
    ).map((row) => row.name);
  }

  /** A manifest of the repository that names the digest, if there is one. */
  linkedFrom(repository: string, digest: Digest): Digest | undefined {
    return this.#get<{ manifest: Digest }>(
      `SELECT manifest FROM links WHERE repository = ${REPOSITORY} AND target = ? LIMIT 1`,
      repository,
      digest,
    )?.manifest;
  }

  /** Bytes of the distinct blobs and manifests in the namespace's repositories. */
  namespaceBytes(namespace: string): number {
    const inside = `(SELECT id FROM repositories WHERE name = ?1 OR (name > ?1 || '/' AND name < ?1 || '0'))`;
    const row = this.#get<{ bytes: number | null }>(
      `SELECT sum(size) AS bytes FROM (SELECT digest, size FROM blobs WHERE repository IN ${inside}
       UNION SELECT digest, size FROM manifests WHERE repository IN ${inside})`,
      namespace,
    );
    return row?.bytes ?? 0;
  }

  /** Whether any repository shows the digest as a blob or holds it as a manifest. */
  isKept(digest: Digest): boolean {
    return (
      this.#get(
        'SELECT 1 FROM blobs WHERE digest = ?1 UNION ALL SELECT 1 FROM manifests WHERE digest = ?1',
        digest,
      ) !== undefined
    );
  }

  /** Blobs that a repository shows although no manifest of it names them, last used before the time (ms since 1970). */
  unusedBlobs(before: number): { repository: string; digest: Digest; size: number }[] {
    return this.#all(
      `SELECT name AS repository, digest, size FROM blobs JOIN repositories ON repository = id
       WHERE used < ? AND NOT EXISTS
         (SELECT 1 FROM links WHERE links.repository = blobs.repository AND target = digest)`,
      before,
    );
  }

  /** Manifests without tag that no index names and whose subject, if any, is gone; stored before the time. */
  untaggedManifests(before: number): { repository: string; digest: Digest; size: number }[] {
    return this.#all(
      `SELECT name AS repository, digest, size FROM manifests AS m JOIN repositories ON m.repository = id
       WHERE m.created < ?
         AND NOT EXISTS (SELECT 1 FROM tags WHERE tags.repository = m.repository AND tags.digest = m.digest)
         AND NOT EXISTS (SELECT 1 FROM links WHERE links.repository = m.repository AND target = m.digest)
         AND NOT EXISTS (SELECT 1 FROM manifests AS s WHERE s.repository = m.repository AND s.digest = m.subject)`,
      before,
    );
  }

  /** Every manifest of the registry, with what it names. */
  *everyManifest(): Generator<{ repository: string; digest: Digest; size: number; links: ManifestLink[] }> {
    const rows = this.#all<{ repository: string; digest: Digest; size: number }>(
      'SELECT name AS repository, digest, size FROM manifests JOIN repositories ON repository = id ORDER BY name, digest',
    );
    for (const row of rows) {
      const links = this.#all<ManifestLink>(
        `SELECT target AS digest, kind FROM links WHERE repository = ${REPOSITORY} AND manifest = ?`,
        row.repository,
        row.digest,
      );
      yield { ...row, links };
    }
  }

  everyBlob(): { repository: string; digest: Digest; size: number }[] {
    return this.#all(
      'SELECT name AS repository, digest, size FROM blobs JOIN repositories ON repository = id ORDER BY name, digest',
    );
  }

  /** The result of SQLite's own check: the empty list when the file is sound. */
  integrityProblems(): string[] {
    return this.#all<{ integrity_check: string }>('PRAGMA integrity_check')
      .map((row) => row.integrity_check)
      .filter((text) => text !== 'ok');
  }

  readonly #writer: MetadataWriter = {
    linkBlob: (repository, digest, size, now) => {
      this.#run(
        `INSERT INTO blobs VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET used = excluded.used`,
        this.#repositoryId(repository, now),
        digest,
        size,
        now,
      );
    },
    unlinkBlob: (repository, digest) =>
      this.#run(`DELETE FROM blobs WHERE repository = ${REPOSITORY} AND digest = ?`, repository, digest),
    putManifest: (repository, manifest, now) => this.#putManifest(repository, manifest, now),
    deleteManifest: (repository, digest) =>
      this.#run(`DELETE FROM manifests WHERE repository = ${REPOSITORY} AND digest = ?`, repository, digest),
    setTag: (repository, tag, digest, now) => {
      this.#run(
        `INSERT INTO tags VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET digest = excluded.digest, updated = excluded.updated`,
        this.#repositoryId(repository, now),
        tag,
        digest,
        now,
      );
    },
    deleteTag: (repository, tag) =>
      this.#run(`DELETE FROM tags WHERE repository = ${REPOSITORY} AND name = ?`, repository, tag),
    forgetEmptyRepositories: () => {
      this.#run(
        `DELETE FROM repositories WHERE NOT EXISTS (SELECT 1 FROM manifests WHERE repository = id)
         AND NOT EXISTS (SELECT 1 FROM blobs WHERE repository = id)`,
      );
    },
  };

  #putManifest(repository: string, manifest: ManifestRecord, now: number): void {
    const id = this.#repositoryId(repository, now);
    this.#run(
      `INSERT INTO manifests VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET media_type = excluded.media_type, created = excluded.created`,
      id,
      manifest.digest,
      manifest.mediaType,
      manifest.size,
      manifest.subject ?? null,
      manifest.artifactType ?? null,
      manifest.annotations === undefined ? null : JSON.stringify(manifest.annotations),
      now,
    );
    for (const link of manifest.links) {
      this.#run(
        'INSERT OR IGNORE INTO links VALUES (?, ?, ?, ?)',
        id,
        manifest.digest,
        link.digest,
        link.kind,
      );
    }
  }

  #repositoryId(name: string, now: number): number {
    const found = this.#get<{ id: number }>('SELECT id FROM repositories WHERE name = ?', name);
    if (found !== undefined) return found.id;
    const statement = this.#prepared('INSERT INTO repositories (name, created) VALUES (?, ?)');
    return Number(statement.run(name, now).lastInsertRowid);
  }

  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #get<T>(sql: string, ...values: SQLInputValue[]): T | undefined {
    return this.#prepared(sql).get(...values) as T | undefined;
  }

  #all<T>(sql: string, ...values: SQLInputValue[]): T[] {
    return this.#prepared(sql).all(...values) as T[];
  }

  /** Whether a row changed. */
  #run(sql: string, ...values: SQLInputValue[]): boolean {
    return this.#prepared(sql).run(...values).changes > 0;
  }
}

/** What may change; valid only inside `MetadataStore.change`. `now` is in milliseconds since 1970. */
export interface MetadataWriter {
  /** Makes the blob visible in the repository, which is created when it is new. */
  linkBlob(repository: string, digest: Digest, size: number, now: number): void;
  unlinkBlob(repository: string, digest: Digest): boolean;
  putManifest(repository: string, manifest: ManifestRecord, now: number): void;
  /** Removes the manifest, its tags and its links. */
  deleteManifest(repository: string, digest: Digest): boolean;
  setTag(repository: string, tag: string, digest: Digest, now: number): void;
  deleteTag(repository: string, tag: string): boolean;
  forgetEmptyRepositories(): void;
}
