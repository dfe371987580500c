import { readFileSync } from 'node:fs';
import { writeFileAtomic } from './atomic-file.ts';
import { DigestTable } from './digest-table.ts';
import type { FileIdentity } from './file-identity.ts';
import { Settling } from './settled.ts';

/** Files that the last build did not use are remembered up to this many (7 MB). */
const LARGEST_INDEX = 100_000;

/**
 * SHA-256 of files by identity and change time, as git's index keeps them: an unchanged context is not read again.
 * Only an accelerator: the digests in cache keys are of content, and a file touched by anything has a new ctime.
 */
export class FileIndex {
  readonly #path: string;
  readonly #settling = new Settling();
  #table: DigestTable | undefined;
  #changed = false;

  private constructor(path: string) {
    this.#path = path;
  }

  /** The index of this path, which is read when it is needed; one that is missing or damaged is empty. */
  static open(path: string): FileIndex {
    return new FileIndex(path);
  }

  /** In hexadecimal. */
  get(identity: FileIdentity): string | undefined {
    return this.#read().get(identity);
  }

  /**
   * Remembers a digest of what the file held when it had this identity, unless it could change again without another one.
   * `openedMs`: when reading it began, by `Date.now()`. Returns whether it was remembered.
   */
  set(identity: FileIdentity, digest: string, openedMs: number, file: string | Buffer): boolean {
    if (!this.#settling.isSettled(identity, openedMs, file)) return false;
    this.#read().set(identity, digest);
    this.#changed = true;
    return true;
  }

  /** Writes what is new; entries that this build did not use go first where the index is full. */
  async save(): Promise<void> {
    if (!this.#changed) return;
    // Losing it in a crash of the machine costs reading files again.
    await writeFileAtomic(this.#path, this.#read().encode(LARGEST_INDEX), { flush: false });
    this.#changed = false;
  }

  #read(): DigestTable {
    this.#table ??= DigestTable.decode(bytesOf(this.#path));
    return this.#table;
  }
}

function bytesOf(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch {
    return new Uint8Array(0);
  }
}
