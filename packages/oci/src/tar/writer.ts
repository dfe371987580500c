import { encodeHeader } from './encode.ts';
import type { TarEntry } from './entry.ts';
import { paddingOf, ZERO_BLOCK } from './fields.ts';
import { tarError } from './tar-error.ts';

/** Two zero blocks: the end of an archive. */
export const TAR_END: Buffer = Buffer.concat([ZERO_BLOCK, ZERO_BLOCK]);

/** Writes a tar stream member by member; each is handed to `write` as it comes. */
export class TarWriter {
  readonly #write: (chunk: Uint8Array) => Promise<void>;

  constructor(write: (chunk: Uint8Array) => Promise<void>) {
    this.#write = write;
  }

  /** Adds a member. Throws TAR_SIZE when the content is not `entry.size` bytes long; the stream is useless then. */
  async add(entry: TarEntry, body?: AsyncIterable<Uint8Array>): Promise<void> {
    if (entry.type !== 'file' && entry.size !== 0)
      throw tarError('TAR_SIZE', 'only a file has content', entry.name);
    await this.#write(encodeHeader(entry));
    let left = entry.size;
    for await (const chunk of body ?? []) {
      left -= chunk.byteLength;
      if (left < 0) break;
      await this.#write(chunk);
    }
    if (left !== 0) throw tarError('TAR_SIZE', `its content is not ${entry.size} bytes long`, entry.name);
    const padding = paddingOf(entry.size);
    if (padding > 0) await this.#write(ZERO_BLOCK.subarray(0, padding));
  }

  async finish(): Promise<void> {
    await this.#write(TAR_END);
  }
}
