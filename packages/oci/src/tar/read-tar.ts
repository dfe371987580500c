import type { TarEntry } from './entry.ts';
import { type TarEvent, TarParser } from './parser.ts';

/** A member with its content, which must be read before the next member is asked for; what is left of it is skipped. */
export interface TarMember {
  readonly entry: TarEntry;
  readonly body: AsyncIterable<Uint8Array>;
}

const ZEROS = Buffer.alloc(64 * 1024);

/** The members of a tar stream, in order; holes of sparse files are read as zeros. Throws TAR_* on hostile input. */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarMember, void> {
  const events = tarEvents(source);
  try {
    for (let next = await events.next(); !next.done; next = await events.next()) {
      if (next.value.kind !== 'entry') continue;
      const body = new MemberBody(events);
      yield { entry: next.value.entry, body };
      await body.skip();
    }
  } finally {
    await events.return(); // A reader that stops early closes the source: it may be a file or a program.
  }
}

/** The parser's events over a whole stream. */
async function* tarEvents(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarEvent, void> {
  const parser = new TarParser();
  for await (const chunk of source) yield* parser.feed(asBuffer(chunk));
  parser.finish();
}

/** The same memory as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

class MemberBody implements AsyncIterable<Uint8Array> {
  readonly #events: AsyncGenerator<TarEvent, void>;
  #ended = false;

  constructor(events: AsyncGenerator<TarEvent, void>) {
    this.#events = events;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    for (let event = await this.#next(); event; event = await this.#next()) {
      if (event.kind === 'data') yield event.bytes;
      if (event.kind === 'hole') yield* zeros(event.length);
    }
  }

  async skip(): Promise<void> {
    while (await this.#next());
  }

  async #next(): Promise<TarEvent | undefined> {
    if (this.#ended) return undefined;
    const { done, value } = await this.#events.next();
    this.#ended = done === true || value.kind === 'end';
    return this.#ended ? undefined : (value as TarEvent);
  }
}

function* zeros(length: number): Generator<Uint8Array, void> {
  for (let left = length; left > 0; left -= ZEROS.length) yield ZEROS.subarray(0, left);
}
