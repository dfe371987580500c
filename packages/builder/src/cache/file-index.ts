import type { BigIntStats } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from './atomic-file.ts';

/** A file changed this shortly before it was hashed may change again within one tick of its clock: not remembered. */
const SETTLED_MS = 2000;
const LARGEST_INDEX = 500_000;

/** Which file it is and when it last changed. */
export interface FileIdentity {
  readonly key: string;
  /** ctime in milliseconds since 1970. */
  readonly changedMs: number;
}

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

  get(identity: FileIdentity): string | undefined {
    const digest = this.#known.get(identity.key);
    if (digest !== undefined) this.#used.set(identity.key, digest);
    return digest;
  }

  /** Remembers a digest of what the file held when it had this identity. */
  set({ key, changedMs }: FileIdentity, digest: string, now: Date): void {
    if (now.getTime() - changedMs < SETTLED_MS) return;
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

/** The identity of the file that has this stat. */
export function fileIdentity(stat: BigIntStats): FileIdentity {
  const key = `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`;
  return { key, changedMs: Number(stat.ctimeMs) };
}
