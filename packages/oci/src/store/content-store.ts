import {
  type FileHandle,
  mkdir,
  open,
  opendir,
  readdir,
  rename,
  stat,
  unlink,
  utimes,
} from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { SlipwayError } from '@slipway/core';
import { type Digest, type DigestAlgorithm, digestAlgorithm, digestHex, isDigest } from '../digest.ts';
import type { GrowthFollower } from './blob-growth.ts';
import { type BlobInfo, type ExpectedBlob, FileIngest, type Ingest, ignoreMissing } from './ingest.ts';
import { isSessionName, sessionAlgorithm, sessionName } from './ingest-name.ts';
import { explainDiskError } from './store-full.ts';
import { findUnfinished, removeUnfinished, temporaryName } from './unfinished.ts';

/** Bytes of a blob; `end` is inclusive, as in HTTP. */
export interface BlobRange {
  readonly start: number;
  readonly end?: number;
}

/** Whatever blobs can be read from. */
export interface BlobSource {
  /** The bytes as a stream; the pieces belong to its reader alone. Throws BLOB_UNKNOWN (kind `not-found`). */
  open(digest: Digest, range?: BlobRange): Promise<Readable>;
  /**
   * The file of the blob for a reader in another thread, also while it comes; it stays open until the result is disposed of.
   * Throws BLOB_UNKNOWN. Undefined, or missing, where there is none to follow: then `open` serves.
   */
  follow?(digest: Digest, follower: GrowthFollower): Promise<AsyncDisposable | Disposable | undefined>;
}

const ALGORITHMS: readonly DigestAlgorithm[] = ['sha256', 'sha512'];
const READ_CHUNK = 256 * 1024;
const DEFAULT_READ_LIMIT = 16 * 1024 * 1024;

/**
 * Blobs by digest on disk: `<root>/blobs/<algorithm>/<hex>`. A blob appears there only whole, verified and synced;
 * until then it is a file of `<root>/ingest`. Several processes may share a store.
 */
export class ContentStore implements BlobSource {
  readonly root: string;
  readonly #sessions = new Set<string>();

  private constructor(root: string) {
    this.root = root;
  }

  /** Opens the store, makes its folders, and removes what crashed writers left. */
  static async open(root: string): Promise<ContentStore> {
    const store = new ContentStore(root);
    try {
      for (const algorithm of ALGORITHMS) await mkdir(join(root, 'blobs', algorithm), { recursive: true });
      await mkdir(store.#ingests, { recursive: true });
    } catch (error) {
      throw explainDiskError(error, root);
    }
    await store.#removeAbandoned();
    return store;
  }

  get #ingests(): string {
    return join(this.root, 'ingest');
  }

  /** Where the blob's file is or would be, for hard links and sendfile. Never write to it. */
  path(digest: Digest): string {
    return join(this.root, 'blobs', digestAlgorithm(digest), digestHex(digest));
  }

  async stat(digest: Digest): Promise<BlobInfo | undefined> {
    const found = await stat(this.path(digest)).catch(ignoreMissing);
    return found && { digest, size: found.size };
  }

  async open(digest: Digest, range?: BlobRange): Promise<Readable> {
    const file = await this.#openBlob(digest);
    return file.createReadStream({ highWaterMark: READ_CHUNK, ...range });
  }

  async follow(digest: Digest, follower: GrowthFollower): Promise<AsyncDisposable> {
    const file = await this.#openBlob(digest);
    const { size } = await file.stat();
    follower.tell({ fd: file.fd, size, isWhole: true });
    return file;
  }

  /** A small blob (manifest, config) whole. Throws BLOB_UNKNOWN, BLOB_TOO_LARGE; `maxBytes` defaults to 16 MiB. */
  async read(digest: Digest, maxBytes: number = DEFAULT_READ_LIMIT): Promise<Buffer> {
    const found = await this.stat(digest);
    if (found === undefined) throw blobUnknown(digest, this.root);
    if (found.size > maxBytes) {
      throw new SlipwayError(
        'invalid',
        'BLOB_TOO_LARGE',
        `${digest} has ${found.size} bytes, over ${maxBytes}`,
      );
    }
    const chunks: Buffer[] = [];
    for await (const chunk of await this.open(digest)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  /** Stores a stream. Throws DIGEST_MISMATCH, SIZE_MISMATCH, STORE_FULL; then nothing is left behind. */
  async ingest(source: AsyncIterable<Uint8Array>, expected: ExpectedBlob = {}): Promise<BlobInfo> {
    await using ingest = await this.beginTemporary(expected.digest && digestAlgorithm(expected.digest));
    for await (const chunk of source) {
      await ingest.write(chunk);
      if (expected.size !== undefined && ingest.offset > expected.size) break;
    }
    return await ingest.commit(expected);
  }

  /** Stores bytes held in memory. Throws DIGEST_MISMATCH, STORE_FULL. */
  async put(bytes: Uint8Array, expected: ExpectedBlob = {}): Promise<BlobInfo> {
    await using ingest = await this.beginTemporary(expected.digest && digestAlgorithm(expected.digest));
    await ingest.write(bytes);
    return await ingest.commit(expected);
  }

  /** Begins an upload session that survives a restart of the process: see `resume`. */
  async begin(options: { readonly algorithm?: DigestAlgorithm } = {}): Promise<Ingest> {
    const algorithm = options.algorithm ?? 'sha256';
    return this.#openIngest(sessionName(algorithm), 'wx', algorithm);
  }

  /** Begins a blob of this process only; it is removed when the process dies. */
  async beginTemporary(algorithm: DigestAlgorithm = 'sha256'): Promise<Ingest> {
    return this.#openIngest(temporaryName(), 'wx', algorithm);
  }

  /** Opens a session again at its last byte; undefined when there is none. Throws INGEST_BUSY when it is open. */
  async resume(id: string): Promise<Ingest | undefined> {
    if (!isSessionName(id)) return undefined;
    if (this.#sessions.has(id))
      throw new SlipwayError('conflict', 'INGEST_BUSY', `upload ${id} is being written`);
    const found = await stat(join(this.#ingests, id)).catch(ignoreMissing);
    return found && this.#openIngest(id, 'r+', sessionAlgorithm(id), found.size);
  }

  /** Removes sessions that nobody has written to since the time, except those open here. Returns their ids. */
  async expireSessions(before: Date): Promise<string[]> {
    const expired: string[] = [];
    for (const id of (await readdir(this.#ingests)).filter(isSessionName)) {
      if (this.#sessions.has(id)) continue;
      const path = join(this.#ingests, id);
      const found = await stat(path).catch(ignoreMissing);
      if (found === undefined || found.mtime >= before) continue;
      await unlink(path).catch(ignoreMissing);
      expired.push(id);
    }
    return expired;
  }

  /** As `stat`, and tells the garbage collector that the blob is needed, as storing it again would. */
  async renew(digest: Digest): Promise<BlobInfo | undefined> {
    return (await this.#touch(this.path(digest))) ? this.stat(digest) : undefined;
  }

  /** Removes a blob, with `unusedSince` only if nobody stored or renewed it from then on; whether it did. */
  async delete(digest: Digest, options: { readonly unusedSince?: Date } = {}): Promise<boolean> {
    const path = this.path(digest);
    const { unusedSince } = options;
    try {
      if (unusedSince === undefined) {
        await unlink(path);
        return true;
      }
      if ((await stat(path)).mtime >= unusedSince) return false;
      // Between the look and the removal somebody may renew it: out of sight first, then a second look.
      const doomed = join(this.#ingests, temporaryName());
      await rename(path, doomed);
      const renewed = (await stat(doomed)).mtime >= unusedSince;
      await (renewed ? rename(doomed, path) : unlink(doomed));
      return !renewed;
    } catch (error) {
      ignoreMissing(error);
      return false;
    }
  }

  /** All blobs, in no order; `modified` is the last time that somebody stored it. */
  async *list(): AsyncGenerator<BlobInfo & { modified: Date }> {
    for (const algorithm of ALGORITHMS) {
      for await (const { name } of await opendir(join(this.root, 'blobs', algorithm))) {
        const digest = `${algorithm}:${name}`;
        if (!isDigest(digest)) continue;
        const found = await stat(this.path(digest)).catch(ignoreMissing);
        if (found) yield { digest, size: found.size, modified: found.mtime };
      }
    }
  }

  async #openBlob(digest: Digest): Promise<FileHandle> {
    return await open(this.path(digest), 'r').catch((error) => {
      ignoreMissing(error);
      throw blobUnknown(digest, this.root);
    });
  }

  async #openIngest(id: string, flags: string, algorithm: DigestAlgorithm, offset = 0): Promise<Ingest> {
    const path = join(this.#ingests, id);
    this.#sessions.add(id);
    try {
      const file = await open(path, flags, 0o644);
      const publish = (from: string, info: BlobInfo): Promise<void> => this.#publish(from, info);
      const onClose = (): void => void this.#sessions.delete(id);
      return new FileIngest({ path, file, offset, algorithm, publish, onClose });
    } catch (error) {
      this.#sessions.delete(id);
      throw explainDiskError(error, this.root);
    }
  }

  async #publish(from: string, { digest }: BlobInfo): Promise<void> {
    const to = this.path(digest);
    if (await this.#touch(to)) await unlink(from);
    else await rename(from, to);
    // Also for a blob that was there: whoever renamed it may not have come to this yet.
    await using folder = await open(join(this.root, 'blobs', digestAlgorithm(digest)), 'r');
    await folder.sync();
  }

  /** Renews the time of a blob that is there already, so that a garbage collection in progress keeps it. */
  async #touch(path: string): Promise<boolean> {
    const now = new Date();
    return utimes(path, now, now).then(
      () => true,
      (error) => ignoreMissing(error) ?? false,
    );
  }

  async #removeAbandoned(): Promise<void> {
    for (const path of await findUnfinished([this.#ingests])) await removeUnfinished(path);
  }
}

function blobUnknown(digest: Digest, root: string): SlipwayError {
  return new SlipwayError('not-found', 'BLOB_UNKNOWN', `the store ${root} has no blob ${digest}`);
}
