import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, parseDigest } from '@slipway/oci';

/** What a reference meant when it was last pulled. */
export interface NamedImage {
  /** What the reference names: an index or a manifest. */
  readonly digest: Digest;
  /** The manifest for this machine. */
  readonly manifestDigest: Digest;
}

/** References to digests on disk, one small file each, so that an image that is present needs no registry. */
export class ImageNames {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async get(reference: string): Promise<NamedImage | undefined> {
    const text = await readFile(this.#file(reference), 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    const { digest, manifestDigest } = JSON.parse(text) as Record<'digest' | 'manifestDigest', string>;
    return { digest: parseDigest(digest), manifestDigest: parseDigest(manifestDigest) };
  }

  async set(reference: string, image: NamedImage): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    // Pods that start together pull the same image together.
    const temporary = `${this.#file(reference)}.${randomUUID()}`;
    await writeFile(temporary, JSON.stringify({ reference, ...image }));
    await rename(temporary, this.#file(reference));
  }

  async forget(reference: string): Promise<void> {
    await rm(this.#file(reference), { force: true });
  }

  #file(reference: string): string {
    return join(this.#folder, createHash('sha256').update(reference).digest('hex'));
  }
}
