import { readFile } from 'node:fs/promises';
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
  readonly #table: DigestTable;
  readonly #settling = new Settling();
  #changed = false;

  private constructor(path: string, table: DigestTable) {
    this.#path = path;
    this.#table = table;
  }

  /** Reads the index; one that is missing or damaged is empty. */
  static async open(path: string): Promise<FileIndex> {
    const bytes = await readFile(path).catch(() => Buffer.alloc(0));
    return new FileIndex(path, DigestTable.decode(bytes));
  }

  /** In hexadecimal. */
  get(identity: FileIdentity): string | undefined {
    return this.#table.get(identity);
  }

  /**
   * Remembers a digest of what the file held when it had this identity, unless it could change again without another one.
   * `openedMs`: when reading it began, by `Date.now()`. Returns whether it was remembered.
   */
  set(identity: FileIdentity, digest: string, openedMs: number, file: string | Buffer): boolean {
    if (!this.#settling.isSettled(identity, openedMs, file)) return false;
    this.#table.set(identity, digest);
    this.#changed = true;
    return true;
  }

  /** Writes what is new; entries that this build did not use go first where the index is full. */
  async save(): Promise<void> {
    if (!this.#changed) return;
    // Losing it in a crash of the machine costs reading files again.
    await writeFileAtomic(this.#path, this.#table.encode(LARGEST_INDEX), { flush: false });
    this.#changed = false;
  }
}
