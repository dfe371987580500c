import type { BigIntStats } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from './atomic-file.ts';

/** A file changed this shortly before it was hashed may change again within one tick of its clock: not remembered. */
const SETTLED_NS = 2_000_000_000n;
const LARGEST_INDEX = 500_000;

/**
 * SHA-256 of files by identity and change time, as git's index keeps them: an unchanged context is not read again.
 * Only an accelerator: the digests in cache keys are of content, and a file touched by anything has a new ctime.
 */
export class FileIndex {
  readonly #path: string;
  readonly #known: Map<string, string>;
  readonly #used = new Map<string, string>();
  #changed = false;

  private constructor(path: string, known: Map<string, string>) {
    this.#path = path;
    this.#known = known;
  }

  /** Reads the index; one that is missing or damaged is empty. */
  static async open(path: string): Promise<FileIndex> {
    const text = await readFile(path, 'utf8').catch(() => '');
    const known = new Map<string, string>();
    for (const line of text.split('\n')) {
      const space = line.indexOf(' ');
      if (space === 64) known.set(line.slice(65), line.slice(0, 64));
    }
    return new FileIndex(path, known);
  }

  get(stat: BigIntStats): string | undefined {
    const key = identity(stat);
    const digest = this.#known.get(key);
    if (digest !== undefined) this.#used.set(key, digest);
    return digest;
  }

  /** Remembers a digest of what the file held when it had this stat. */
  set(stat: BigIntStats, digest: string, now: Date): void {
    if (BigInt(now.getTime()) * 1_000_000n - stat.ctimeNs < SETTLED_NS) return;
    const key = identity(stat);
    this.#known.set(key, digest);
    this.#used.set(key, digest);
    this.#changed = true;
  }

  /** Writes what is new; entries that this build did not use go first where the index is full. */
  async save(): Promise<void> {
    if (!this.#changed) return;
    const all = this.#known.size > LARGEST_INDEX ? this.#used : this.#known;
    let text = '';
    for (const [key, digest] of all) text += `${digest} ${key}\n`;
    await writeFileAtomic(this.#path, text);
    this.#changed = false;
  }
}

function identity(stat: BigIntStats): string {
  return `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`;
}
