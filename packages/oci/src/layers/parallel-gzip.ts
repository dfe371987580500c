import { constants, crc32, createDeflateRaw } from 'node:zlib';

/** Larger blocks compress no better; smaller ones pay more for starting zlib. Part of the format: other blocks, other bytes. */
const BLOCK = 256 * 1024;
/** How far deflate looks back (RFC 1951): what a block may refer to of the one before it. */
const WINDOW = 32 * 1024;
/** Blocks in work or waiting for their turn; the thread pool has four threads. Does not change the bytes. */
const IN_WORK = 6;
/** gzip (RFC 1952) with deflate, no name, no time, and a system that is not told, so that the same tar gives the same blob. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
/** Entropy of a block's bytes, in bits, from which on deflate finds nothing: noise, and what is compressed already. */
const INCOMPRESSIBLE = 7.97;
/** Room for a block that does not get smaller. */
const OUTPUT = BLOCK + BLOCK / 8;
const SAMPLES = 16 * 1024;
/** A twelfth faster than zlib's default of 8, nearly half where noise and text alternate, for at most a hundredth of size. Part of the format. */
const MEMORY_LEVEL = 9;
const ZEROS = Buffer.alloc(BLOCK);

/**
 * Compresses a stream to one gzip member on all threads of the pool, as pigz does: blocks of 256 KiB are deflated by themselves,
 * each with the end of the block before it as its dictionary, and joined at byte boundaries. The bytes depend on the input and
 * the level only: not on chunks, threads or machine. What cannot be compressed is stored. A piece is good until the next is asked for.
 */
export async function* parallelGzip(
  source: AsyncIterable<Uint8Array>,
  level: number,
): AsyncGenerator<Buffer, void> {
  const work: { readonly block: Buffer; readonly piece: Promise<Buffer> }[] = [];
  const free: Buffer[] = [];
  let dictionary: Buffer | undefined;
  let checksum = 0;
  let size = 0;
  yield HEADER;
  try {
    for await (const { block, last } of blocksOf(source, free)) {
      checksum = crc32(block, checksum);
      size += block.length;
      work.push({ block, piece: deflateBlock(block, dictionary, last, level) });
      // zlib has taken a copy of the dictionary when the call returns.
      dictionary = block.subarray(-WINDOW);
      while (work.length >= IN_WORK) yield* handOn(work.shift()!, free);
    }
    while (work.length > 0) yield* handOn(work.shift()!, free);
  } finally {
    await Promise.allSettled(work.map(({ piece }) => piece)); // A reader that stopped early leaves no work behind.
  }
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(checksum);
  trailer.writeUInt32LE(size % 2 ** 32, 4);
  yield trailer;
}

/** The stream in blocks of equal size; the last one may be shorter, and empty for an empty stream. Takes `free` ones first. */
async function* blocksOf(
  source: AsyncIterable<Uint8Array>,
  free: Buffer[],
): AsyncGenerator<{ block: Buffer; last: boolean }, void> {
  let block: Buffer = Buffer.allocUnsafeSlow(BLOCK);
  let used = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; ) {
      // Only when more follows is it certain that the block is not the last one.
      if (used === BLOCK) {
        yield { block, last: false };
        block = free.pop() ?? Buffer.allocUnsafeSlow(BLOCK);
        used = 0;
      }
      const part = chunk.subarray(at, at + BLOCK - used);
      block.set(part, used);
      used += part.length;
      at += part.length;
    }
  }
  yield { block: block.subarray(0, used), last: true };
}

/** Hands a piece on; its memory and its block's are used again at once, since the collector sees little of either and comes late. */
async function* handOn(
  done: { readonly block: Buffer; readonly piece: Promise<Buffer> },
  free: Buffer[],
): AsyncGenerator<Buffer, void> {
  const piece = await done.piece;
  free.push(done.block);
  yield piece;
  if (!shared.has(piece)) release(piece);
}

const shared = new WeakSet<Buffer>();
let ofZeros: { readonly level: number; readonly compressed: Promise<Buffer> } | undefined;

function deflateBlock(
  block: Buffer,
  dictionary: Buffer | undefined,
  last: boolean,
  level: number,
): Promise<Buffer> {
  if (isIncompressible(block)) return deflate(block, undefined, last, 0);
  // Holes of sparse files, disk images: zeros behind zeros are always the same.
  const zeros = !last && dictionary !== undefined && isZero(block) && isZero(dictionary);
  if (!zeros) return deflate(block, dictionary, last, level);
  if (ofZeros?.level !== level)
    ofZeros = { level, compressed: share(deflate(block, dictionary, false, level)) };
  return ofZeros.compressed;
}

async function share(compressed: Promise<Buffer>): Promise<Buffer> {
  const piece = await compressed;
  shared.add(piece);
  return piece;
}

function deflate(
  block: Buffer,
  dictionary: Buffer | undefined,
  last: boolean,
  level: number,
): Promise<Buffer> {
  const stream = createDeflateRaw({
    level,
    memLevel: MEMORY_LEVEL,
    ...(dictionary === undefined ? {} : { dictionary }),
    // A sync flush ends at a byte boundary, without the mark of the last block.
    finishFlush: last ? constants.Z_FINISH : constants.Z_SYNC_FLUSH,
    // All output at once: each further piece would be a trip to the thread pool.
    chunkSize: OUTPUT,
  });
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const pieces: Buffer[] = [];
  // zlib.deflateRaw would copy the output, and leave what it copied to the collector, which comes late.
  stream.on('data', (piece: Buffer) => pieces.push(piece));
  stream.once('end', () => resolve(joined(pieces)));
  stream.once('error', reject);
  stream.end(block);
  return promise;
}

/** zlib's stream hands out its memory in parts, one behind the other: what was compressed, what flushing added. */
function joined(pieces: readonly Buffer[]): Buffer {
  const [{ buffer, byteOffset }] = pieces as readonly [Buffer, ...Buffer[]];
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (pieces.every((piece) => piece.buffer === buffer)) return Buffer.from(buffer, byteOffset, size);
  const whole = Buffer.concat(pieces);
  for (const piece of pieces) release(piece);
  return whole;
}

/** Gives memory of zlib's back at once. */
function release(piece: Buffer): void {
  if (piece.buffer.byteLength === OUTPUT) (piece.buffer as ArrayBuffer).transfer(0);
}

function isZero(bytes: Buffer): boolean {
  return ZEROS.subarray(0, bytes.length).equals(bytes);
}

/** By the entropy of a sample, spread over the block. */
function isIncompressible(block: Buffer): boolean {
  if (block.length < SAMPLES) return false;
  const counts = new Uint32Array(256);
  const step = block.length / SAMPLES;
  for (let index = 0; index < SAMPLES; index++) {
    const byte = block[Math.floor(index * step)]!;
    counts[byte] = counts[byte]! + 1;
  }
  let entropy = 0;
  for (const count of counts) if (count > 0) entropy -= (count / SAMPLES) * Math.log2(count / SAMPLES);
  return entropy >= INCOMPRESSIBLE;
}
