import { type Readable, Readable as ReadableStream, type Transform } from 'node:stream';
import { constants, createGunzip, createZstdCompress, createZstdDecompress } from 'node:zlib';
import { SlipwayError } from '@slipway/core';
import { freeMemory } from '../free-memory.ts';
import { mediaTypes } from '../media-types.ts';
import { parallelGzip } from './parallel-gzip.ts';
import { SyncGunzip } from './sync-gunzip.ts';

/** How a layer's tar stream is stored. */
export type Compression = 'gzip' | 'zstd' | 'none';

/** Large enough that the trips between the thread pool and the event loop do not count. */
const CHUNK = 128 * 1024;
const GZIP_MAGIC = [0x1f, 0x8b];
const ZSTD_MAGIC = [0x28, 0xb5, 0x2f, 0xfd];

/** The level that is used when none is asked for: see the measurements in the package's README. */
const DEFAULT_LEVELS: Readonly<Record<Compression, number>> = { gzip: 4, zstd: 3, none: 0 };

/** The stream compressed; gzip has no name and no time, so the same bytes give the same blob, on any machine. */
export function compress(
  source: AsyncIterable<Uint8Array>,
  compression: Compression,
  level: number = DEFAULT_LEVELS[compression],
): AsyncIterable<Uint8Array> {
  if (compression === 'gzip') return parallelGzip(source, level);
  return compression === 'none' ? source : zstd(source, level);
}

async function* zstd(source: AsyncIterable<Uint8Array>, level: number): AsyncGenerator<Uint8Array, void> {
  const params = { [constants.ZSTD_c_compressionLevel]: level };
  const stream = createZstdCompress({ chunkSize: CHUNK, params });
  const input = ReadableStream.from(copies(source), { highWaterMark: 4 });
  input.on('error', (error) => stream.destroy(error));
  input.pipe(stream);
  try {
    yield* stream as AsyncIterable<Buffer>;
  } finally {
    stream.destroy();
    input.destroy();
  }
}

/** A stream holds chunks for a while; those of a layer are good only until the next is asked for. */
async function* copies(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void> {
  for await (const chunk of source) yield Buffer.from(chunk);
}

/** The media type of an OCI layer with this compression. */
export function layerMediaType(compression: Compression): string {
  if (compression === 'gzip') return mediaTypes.ociLayerGzip;
  return compression === 'zstd' ? mediaTypes.ociLayerZstd : mediaTypes.ociLayer;
}

export interface DecompressOptions {
  /** Whether nobody else has the pieces of the blob: their memory is given back at once. Default false. */
  readonly ownsInput?: boolean;
  /** Where this thread has nothing else to do: gzip is then decompressed in it, each piece to the memory that this gives. */
  readonly room?: () => Buffer;
}

/**
 * The tar stream of a layer blob. The compression is known by its first bytes, since media types are often wrong. Throws
 * LAYER_CORRUPT when the compressed data are damaged.
 */
export async function* decompressLayer(
  blob: Readable,
  { ownsInput = false, room }: DecompressOptions = {},
): AsyncGenerator<Buffer, void> {
  const { head, rest } = await peek(blob);
  const isGzip = startsWith(head, GZIP_MAGIC);
  const gunzip = isGzip && room !== undefined ? SyncGunzip.create(room) : undefined;
  if (gunzip !== undefined) return yield* gunzipHere(rest, gunzip, ownsInput);
  const stream = isGzip
    ? createGunzip({ chunkSize: CHUNK })
    : startsWith(head, ZSTD_MAGIC)
      ? createZstdDecompress({ chunkSize: CHUNK })
      : undefined;
  if (stream === undefined) return yield* rest;
  void feed(rest, stream, ownsInput);
  try {
    yield* stream as AsyncIterable<Buffer>;
  } catch (error) {
    throw explainCorrupt(error);
  } finally {
    stream.destroy();
    blob.destroy();
  }
}

async function* gunzipHere(
  pieces: AsyncIterable<Buffer>,
  gunzip: SyncGunzip,
  ownsInput: boolean,
): AsyncGenerator<Buffer, void> {
  using running = gunzip;
  try {
    for await (const piece of pieces) {
      yield* running.feed(piece);
      if (ownsInput) freeMemory(piece);
    }
    yield* running.finish();
  } catch (error) {
    throw explainCorrupt(error);
  }
}

/** Writes the pieces, one after the other; what goes wrong is told to the stream's reader. */
async function feed(pieces: AsyncIterable<Buffer>, stream: Transform, ownsInput: boolean): Promise<void> {
  try {
    for await (const piece of pieces) {
      await new Promise<void>((resolve, reject) => {
        stream.write(piece, (error) => (error ? reject(error) : resolve()));
      });
      if (ownsInput) freeMemory(piece);
    }
    stream.end();
  } catch (error) {
    stream.destroy(error as Error);
  }
}

async function peek(blob: Readable): Promise<{ head: Buffer; rest: AsyncGenerator<Buffer, void> }> {
  const chunks: AsyncIterator<Buffer> = blob[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  while (head.length < ZSTD_MAGIC.length) {
    const { done, value } = await chunks.next();
    if (done) break;
    head = head.length === 0 ? value : Buffer.concat([head, value]);
  }
  async function* rest(): AsyncGenerator<Buffer, void> {
    try {
      yield head;
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
    } finally {
      blob.destroy();
    }
  }
  return { head, rest: rest() };
}

function startsWith(head: Buffer, magic: readonly number[]): boolean {
  return magic.every((byte, index) => head[index] === byte);
}

function explainCorrupt(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!/^(?:Z_|ZSTD_|ERR_ZSTD|ERR_TRAILING)/.test(code)) return error;
  return new SlipwayError('invalid', 'LAYER_CORRUPT', `the layer's compressed data are damaged (${code})`, {
    cause: error,
  });
}
