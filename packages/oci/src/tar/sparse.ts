import { BLOCK, numberField } from './fields.ts';
import { type PaxRecords, parsePaxNumber } from './pax.ts';
import { tarError } from './tar-error.ts';

/** A piece of a sparse file that has data, in bytes; all between the pieces is zeros. */
export interface SparseChunk {
  readonly offset: number;
  readonly length: number;
}

/** A sparse file's pieces and its size when expanded. */
export interface SparseMap {
  readonly chunks: readonly SparseChunk[];
  readonly realSize: number;
}

/** More pieces than any honest archive has; the map is held in memory. */
const MAX_CHUNKS = 1 << 20;
/** An old-format header has 4 pieces at byte 386, a flag at 482 and the real size at 483; each extension block 21 and a flag. */
const OLD_HEADER = { start: 386, entries: 4, flag: 482 } as const;
const OLD_EXTENSION = { start: 0, entries: 21, flag: 504 } as const;

/** The pieces that one block of the old GNU format names, and whether another block follows. */
export function oldSparseChunks(block: Buffer, extension: boolean): { chunks: SparseChunk[]; more: boolean } {
  const layout = extension ? OLD_EXTENSION : OLD_HEADER;
  const chunks: SparseChunk[] = [];
  for (let index = 0; index < layout.entries; index++) {
    const at = layout.start + index * 24;
    if (block[at] === 0) break;
    chunks.push({ offset: numberField(block, [at, 12]), length: numberField(block, [at + 12, 12]) });
  }
  return { chunks, more: block[layout.flag] !== 0 };
}

/** The expanded size of an old-format sparse file. */
export function oldSparseRealSize(block: Buffer): number {
  return numberField(block, [483, 12]);
}

/** The map of PAX sparse formats 0.0 and 0.1; undefined for other members. */
export function paxSparseMap(records: PaxRecords): SparseMap | undefined {
  const sizeRecord = records.findLast(([key]) => key === 'GNU.sparse.size' || key === 'GNU.sparse.realsize');
  if (sizeRecord === undefined) return undefined;
  const realSize = parsePaxNumber(sizeRecord[1], sizeRecord[0]);
  const listed = records.findLast(([key]) => key === 'GNU.sparse.map');
  const numbers = listed
    ? listed[1]
        .toString('latin1')
        .split(',')
        .filter((text) => text !== '')
        .map(Number)
    : records
        .filter(([key]) => key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes')
        .map(([key, value]) => parsePaxNumber(value, key));
  return checkedMap(pairs(numbers), realSize);
}

/**
 * Reads the map that starts the content in PAX sparse format 1.0: decimal numbers, one a line, filled up to a block.
 * Undefined when `bytes` (whole blocks) end before the map does.
 */
export function readSparseMap1(
  bytes: Buffer,
  realSize: number,
): { map: SparseMap; consumed: number } | undefined {
  const numbers: number[] = [];
  let wanted = 1;
  let at = 0;
  while (numbers.length < wanted) {
    const newline = bytes.indexOf(0x0a, at);
    if (newline < 0) {
      if (bytes.length - at > BLOCK) throw tarError('TAR_HEADER', 'a sparse map is not decimal numbers');
      return undefined;
    }
    const text = bytes.toString('latin1', at, newline);
    if (!/^\d{1,16}$/.test(text)) throw tarError('TAR_HEADER', 'a sparse map is not decimal numbers');
    numbers.push(Number(text));
    if (numbers.length === 1) wanted = 1 + 2 * Number(text);
    if (wanted > 2 * MAX_CHUNKS) throw tarError('TAR_LIMIT', 'a sparse map has too many pieces');
    at = newline + 1;
  }
  return { map: checkedMap(pairs(numbers.slice(1)), realSize), consumed: Math.ceil(at / BLOCK) * BLOCK };
}

/** Refuses maps whose pieces overlap, run backwards or reach beyond the file. */
export function checkedMap(chunks: readonly SparseChunk[], realSize: number): SparseMap {
  if (chunks.length > MAX_CHUNKS) throw tarError('TAR_LIMIT', 'a sparse map has too many pieces');
  let end = 0;
  for (const { offset, length } of chunks) {
    const honest =
      Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= end && length >= 0;
    if (!honest || offset + length > realSize)
      throw tarError('TAR_HEADER', 'a sparse map does not fit its file');
    end = offset + length;
  }
  return { chunks, realSize };
}

function pairs(numbers: readonly number[]): SparseChunk[] {
  if (numbers.length % 2 !== 0) throw tarError('TAR_HEADER', 'a sparse map has an odd number of values');
  const chunks: SparseChunk[] = [];
  for (let at = 0; at < numbers.length; at += 2)
    chunks.push({ offset: numbers[at]!, length: numbers[at + 1]! });
  return chunks;
}
