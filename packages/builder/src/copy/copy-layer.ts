import { createHash, hash } from 'node:crypto';
import { encodeHeader, paddingOf, type TarEntry } from '@slipway/oci';
import { pathText } from './byte-path.ts';
import { FileReader, readInto, SMALL_FILE, sourceChanged } from './file-reader.ts';
import type { LayerEntry } from './layer-entry.ts';

export interface CopyLayerOptions {
  /** SOURCE_DATE_EPOCH in seconds: later times become this one. */
  readonly sourceDateEpoch?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const BLOCK = 512;
/** What is handed on at once: the stages behind (hashing, compression) pay for each chunk. */
const CHUNK = 256 * 1024;
const SECOND = 1_000_000_000n;

/**
 * The layer's tar, in chunks that are good until the next is asked for; read straight from where the files are: nothing is copied into a root filesystem on the way.
 * Throws COPY_SOURCE_CHANGED where a file is gone, or is not any more what it was when it was planned, or digested.
 */
export async function* copyLayer(
  entries: Iterable<LayerEntry>,
  options: CopyLayerOptions = {},
): AsyncGenerator<Uint8Array, void> {
  const packer = new Packer();
  const reader = new FileReader();
  for (const entry of entries) {
    options.signal?.throwIfAborted();
    const header = packer.header(tarEntry(entry, options.sourceDateEpoch));
    if (!packer.takes(header.length)) {
      yield packer.taken();
      yield header; // An attribute of megabytes.
    } else packer.add(header);
    if (entry.size > SMALL_FILE) {
      yield packer.taken();
      yield* large(entry, reader);
      packer.zeros(paddingOf(entry.size));
    } else if (entry.type === 'file') packer.file(entry);
    if (packer.isFull) yield packer.taken();
  }
  packer.zeros(2 * BLOCK);
  yield packer.taken();
}

/** Memory in which headers and small files are put one behind the other. */
class Packer {
  readonly #memory = Buffer.allocUnsafeSlow(CHUNK + 2 * SMALL_FILE);
  readonly #block = Buffer.allocUnsafeSlow(BLOCK);
  #used = 0;

  get isFull(): boolean {
    return this.#used >= CHUNK;
  }

  /** Whether a header of this length and a small file behind it find room. */
  takes(length: number): boolean {
    return this.#used + length + SMALL_FILE + BLOCK < this.#memory.length;
  }

  /** Good until the next one. */
  header(entry: TarEntry): Buffer {
    return encodeHeader(entry, this.#block);
  }

  add(bytes: Uint8Array): void {
    this.#memory.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  zeros(count: number): void {
    this.#memory.fill(0, this.#used, this.#used + count);
    this.#used += count;
  }

  /** A small file, read in its place. */
  file(entry: LayerEntry): void {
    if (entry.content) this.add(entry.content);
    else {
      // One byte more, so that a file that grew is seen.
      const place = this.#memory.subarray(this.#used, this.#used + entry.size + 1);
      const { content, isSame } = readInto(entry, place);
      const isPlanned =
        content.length === entry.size &&
        (isKnownToBe(entry, isSame) || hasDigest(entry, () => hash('sha256', content)));
      if (!isPlanned) throw changed(entry);
      this.#used += entry.size;
    }
    this.zeros(paddingOf(entry.size));
  }

  /** All that was put in; the memory is free again when the next thing is put in. */
  taken(): Buffer {
    const bytes = this.#memory.subarray(0, this.#used);
    this.#used = 0;
    return bytes;
  }
}

function tarEntry(entry: LayerEntry, epoch: number | undefined): TarEntry {
  const { target, type, mode, uid, gid, size, link, device, xattrs } = entry;
  // Whole seconds, as docker has them.
  const seconds = entry.mtimeNs / SECOND;
  const time = epoch !== undefined && seconds > BigInt(epoch) ? BigInt(epoch) : seconds;
  const name = Buffer.from(type === 'directory' ? `${target}/` : target, 'latin1');
  const plain = { name, type, mode, uid, gid, size, mtimeNs: time * SECOND };
  if (link === undefined && device === undefined && xattrs === undefined) return plain;
  return {
    ...plain,
    ...(link === undefined ? {} : { linkname: Buffer.from(link, 'latin1') }),
    ...(device === undefined ? {} : { devmajor: device.major, devminor: device.minor }),
    ...(xattrs === undefined ? {} : { xattrs }),
  };
}

async function* large(entry: LayerEntry, reader: FileReader): AsyncGenerator<Uint8Array, void> {
  if (entry.content) {
    yield entry.content;
    return;
  }
  await using file = await reader.open(entry);
  const whole = isKnownToBe(entry, await file.isSame()) ? undefined : createHash('sha256');
  let left = entry.size;
  for await (const chunk of file.chunks()) {
    left -= chunk.length;
    if (left < 0) throw changed(entry);
    whole?.update(chunk);
    yield chunk;
  }
  const isPlanned = whole ? hasDigest(entry, () => whole.digest('hex')) : await file.isSame();
  if (left !== 0 || !isPlanned) throw changed(entry);
}

/**
 * Whether a file has what it had when it was planned, and digested for the cache: where it has the same identity, and nothing can
 * have been written to it without changing that. Otherwise the digest tells: a file may have been touched, or renamed.
 */
function isKnownToBe({ identity, digestStart, isSettled }: LayerEntry, isSame: boolean): boolean {
  return identity === undefined || (isSame && (isSettled === true || digestStart === undefined));
}

function hasDigest({ digestStart }: LayerEntry, sha256: () => string): boolean {
  return digestStart !== undefined && sha256().startsWith(digestStart);
}

function changed({ target }: LayerEntry): Error {
  return sourceChanged(`/${pathText(target)}`);
}
