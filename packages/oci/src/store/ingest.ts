import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { SlipwayError } from '@slipway/core';
import { type Digest, type DigestAlgorithm, digestAlgorithm, finishDigest } from '../digest.ts';
import { explainDiskError } from './store-full.ts';
import { Writeback } from './writeback.ts';

/** A blob that the store holds. */
export interface BlobInfo {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** What a blob must turn out to be. */
export interface ExpectedBlob {
  readonly digest?: Digest | undefined;
  readonly size?: number | undefined;
}

/** A blob that is being written. Disposing of it removes what was written unless it was committed or detached. */
export interface Ingest extends AsyncDisposable {
  /** The name under which ContentStore.resume finds it again. */
  readonly id: string;
  /** The file that is written; at the commit it goes to another place. */
  readonly path: string;
  /** Bytes written so far. */
  readonly offset: number;
  /** Appends, several pieces with one trip to the thread pool; one call at a time. Throws STORE_FULL. */
  write(data: Uint8Array | readonly Uint8Array[]): Promise<void>;
  /** Verifies, makes durable and publishes the blob. Throws DIGEST_MISMATCH or SIZE_MISMATCH, and then removes it. */
  commit(expected?: ExpectedBlob): Promise<BlobInfo>;
  /** Removes what was written. */
  abort(): Promise<void>;
  /** Closes the file and keeps it for ContentStore.resume. */
  detach(): Promise<void>;
}

/** Puts a verified, synced file in its place. */
export type Publish = (file: string, info: BlobInfo) => Promise<void>;

export class FileIngest implements Ingest {
  readonly id: string;
  readonly path: string;
  readonly #file: FileHandle;
  readonly #publish: Publish;
  readonly #onClose: () => void;
  readonly #algorithm: DigestAlgorithm;
  /** Absent after a resume: the state of a hash cannot be stored, so the file is read again at the commit. */
  #hash: Hash | undefined;
  readonly #writeback: Writeback;
  #offset: number;
  #open = true;

  constructor(o: {
    path: string;
    file: FileHandle;
    offset: number;
    algorithm: DigestAlgorithm;
    publish: Publish;
    onClose: () => void;
  }) {
    this.id = basename(o.path);
    this.path = o.path;
    this.#file = o.file;
    this.#writeback = new Writeback(o.file);
    this.#offset = o.offset;
    this.#algorithm = o.algorithm;
    this.#hash = o.offset === 0 ? createHash(o.algorithm) : undefined;
    this.#publish = o.publish;
    this.#onClose = o.onClose;
  }

  get offset(): number {
    return this.#offset;
  }

  async write(data: Uint8Array | readonly Uint8Array[]): Promise<void> {
    this.#assertOpen();
    const pieces = data instanceof Uint8Array ? [data] : data;
    // The write runs in the thread pool while this thread hashes.
    const written = this.#writeAll(pieces);
    for (const piece of pieces) this.#hash?.update(piece);
    try {
      await written;
    } catch (error) {
      throw explainDiskError(error, dirname(dirname(this.path)));
    }
    const bytes = totalBytes(pieces);
    this.#offset += bytes;
    this.#writeback.wrote(bytes);
  }

  async commit(expected: ExpectedBlob = {}): Promise<BlobInfo> {
    this.#assertOpen();
    try {
      const info = await this.#verify(expected);
      await this.#writeback.finish();
      await this.#close();
      await this.#publish(this.path, info);
      return info;
    } catch (error) {
      await this.abort();
      throw explainDiskError(error, dirname(dirname(this.path)));
    }
  }

  async abort(): Promise<void> {
    await this.#close();
    await unlink(this.path).catch(ignoreMissing);
  }

  async detach(): Promise<void> {
    await this.#close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#open) await this.abort();
  }

  async #writeAll(pieces: readonly Uint8Array[]): Promise<void> {
    let left = pieces;
    for (let position = this.#offset; left.length > 0; ) {
      const { bytesWritten } = await this.#file.writev(left, position);
      position += bytesWritten;
      left = without(left, bytesWritten);
    }
  }

  async #verify(expected: ExpectedBlob): Promise<BlobInfo> {
    if (expected.size !== undefined && expected.size !== this.#offset) {
      const message = `${expected.digest ?? 'the blob'} has ${this.#offset} bytes where ${expected.size} are expected`;
      throw new SlipwayError('invalid', 'SIZE_MISMATCH', message);
    }
    const algorithm = expected.digest === undefined ? this.#algorithm : digestAlgorithm(expected.digest);
    const digest = await this.#digest(algorithm);
    if (expected.digest !== undefined && expected.digest !== digest) {
      const message = `the content has digest ${digest} where ${expected.digest} is expected`;
      throw new SlipwayError('invalid', 'DIGEST_MISMATCH', message);
    }
    return { digest, size: this.#offset };
  }

  async #digest(algorithm: DigestAlgorithm): Promise<Digest> {
    if (this.#hash !== undefined && algorithm === this.#algorithm) return finishDigest(this.#hash, algorithm);
    const hash = createHash(algorithm);
    await using reader = await open(this.path, 'r');
    const options = { autoClose: false, highWaterMark: 1 << 20 };
    for await (const chunk of reader.createReadStream(options)) hash.update(chunk);
    return finishDigest(hash, algorithm);
  }

  async #close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#writeback.stop();
    await this.#file.close();
    this.#onClose();
  }

  #assertOpen(): void {
    if (this.#open) return;
    throw new SlipwayError('internal', 'INGEST_CLOSED', `the ingest ${this.id} is finished`);
  }
}

/** What is left of the pieces behind their first bytes. */
function without(pieces: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let before = 0;
  const left: Uint8Array[] = [];
  for (const piece of pieces) {
    const rest = piece.subarray(Math.min(piece.byteLength, Math.max(0, bytes - before)));
    if (rest.byteLength > 0) left.push(rest);
    before += piece.byteLength;
  }
  return left;
}

function totalBytes(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** Someone else may have removed the file first, which is what was wanted. */
export function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}
