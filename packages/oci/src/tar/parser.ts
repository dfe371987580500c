import type { TarEntry } from './entry.ts';
import { BLOCK, checksumMatches, fields, isZeroBlock, numberField, paddingOf } from './fields.ts';
import { type Member, readMember } from './member.ts';
import { type PaxRecords, parsePaxRecords } from './pax.ts';
import { checkedMap, oldSparseChunks, readSparseMap1, type SparseChunk } from './sparse.ts';
import { SparseExpander } from './sparse-expander.ts';
import { tarError } from './tar-error.ts';

/** What a parser finds, in order: an entry, its content as data and holes (zeros), its end. */
export type TarEvent =
  | { readonly kind: 'entry'; readonly entry: TarEntry }
  | { readonly kind: 'data'; readonly bytes: Buffer }
  | { readonly kind: 'hole'; readonly length: number }
  | { readonly kind: 'end' };

type State =
  | 'header'
  | 'second zero block'
  | 'extended header'
  | 'sparse blocks'
  | 'sparse map'
  | 'content'
  | 'padding'
  | 'done';

/** Go's limit for PAX and GNU long-name headers; a larger one is an attack on memory. */
const MAX_EXTENDED = 1 << 20;
const MAX_SPARSE_MAP = 64 << 20;
const END: TarEvent = { kind: 'end' };
const EMPTY = Buffer.alloc(0);

/**
 * An incremental tar parser: feed it chunks of any size. Content is handed on as views of the chunks, never copied. Reads
 * V7, ustar, PAX and GNU archives, GNU sparse files of all four formats included. Throws TAR_* errors on hostile input.
 */
export class TarParser {
  #state: State = 'header';
  /** Bytes of an unfinished block or extended header, and how many it needs. */
  #gathered: Buffer[] = [];
  #gatheredSize = 0;
  #needed = BLOCK;
  #extendedType = '';
  #extendedSize = 0;
  #global: PaxRecords = [];
  #local: PaxRecords = [];
  #longName: Buffer | undefined;
  #longLink: Buffer | undefined;
  #member: Member | undefined;
  #sparseChunks: SparseChunk[] = [];
  #expander: SparseExpander | undefined;
  #remaining = 0;
  #padding = 0;

  /** The events of the next bytes. Must be iterated to its end before the next call. */
  *feed(chunk: Buffer): Generator<TarEvent, void> {
    let at = 0;
    while (at < chunk.length) {
      if (this.#state === 'done') return;
      if (this.#state === 'content') {
        const bytes = chunk.subarray(at, at + this.#remaining);
        at += bytes.length;
        yield* this.#content(bytes);
      } else if (this.#state === 'padding') {
        const skipped = Math.min(this.#padding, chunk.length - at);
        at += skipped;
        this.#padding -= skipped;
        if (this.#padding === 0) this.#expect('header', BLOCK);
      } else {
        const taken = Math.min(this.#needed - this.#gatheredSize, chunk.length - at);
        const whole = this.#gather(chunk.subarray(at, at + taken));
        at += taken;
        if (whole) yield* this.#unit(whole);
      }
    }
  }

  /** To be called at the end of the input. Throws TAR_TRUNCATED when it ends inside a member. */
  finish(): void {
    if (this.#state === 'done' || this.#state === 'second zero block') return;
    const boundary = this.#state === 'header' && this.#gatheredSize === 0 && this.#longName === undefined;
    if (boundary && this.#longLink === undefined && this.#local.length === 0) return;
    throw tarError('TAR_TRUNCATED', 'it ends in the middle of a member', this.#member?.entry.name);
  }

  /** Collects up to #needed bytes; the whole when it is complete. */
  #gather(bytes: Buffer): Buffer | undefined {
    if (this.#gatheredSize === 0 && bytes.length === this.#needed) return bytes;
    this.#gathered.push(Buffer.from(bytes));
    this.#gatheredSize += bytes.length;
    if (this.#gatheredSize < this.#needed) return undefined;
    const whole = Buffer.concat(this.#gathered);
    this.#gathered = [];
    this.#gatheredSize = 0;
    return whole;
  }

  #expect(state: State, needed: number): void {
    this.#state = state;
    this.#needed = needed;
  }

  #unit(whole: Buffer): Iterable<TarEvent> {
    switch (this.#state) {
      case 'header':
        return this.#header(whole);
      case 'second zero block':
        if (!isZeroBlock(whole)) throw tarError('TAR_HEADER', 'members follow a zero block');
        this.#state = 'done';
        return [];
      case 'extended header':
        return this.#extendedHeader(whole.subarray(0, this.#extendedSize));
      case 'sparse blocks':
        return this.#sparseBlock(whole, true);
      default:
        return this.#sparseMap(whole);
    }
  }

  #header(block: Buffer): Iterable<TarEvent> {
    if (isZeroBlock(block)) {
      this.#expect('second zero block', BLOCK);
      return [];
    }
    if (!checksumMatches(block))
      throw tarError('TAR_CHECKSUM', 'a header has a wrong checksum (is it a tar archive?)');
    const flag = String.fromCharCode(block[fields.type[0]]!);
    if ('xgXLKV'.includes(flag)) return this.#beginExtended(block, flag);
    const member = readMember(block, {
      global: this.#global,
      local: this.#local,
      longName: this.#longName,
      longLink: this.#longLink,
    });
    this.#local = [];
    this.#longName = undefined;
    this.#longLink = undefined;
    this.#member = member;
    this.#remaining = member.stored;
    this.#padding = paddingOf(member.stored);
    return this.#begin(member, block);
  }

  #begin(member: Member, block: Buffer): Iterable<TarEvent> {
    const { sparse } = member;
    this.#expander = undefined;
    if (sparse?.format === 'old') {
      this.#sparseChunks = [];
      return this.#sparseBlock(block, false);
    }
    if (sparse?.format === '1.0') {
      if (this.#remaining < BLOCK) throw tarError('TAR_HEADER', 'a sparse map is missing', member.entry.name);
      this.#expect('sparse map', BLOCK);
      return [];
    }
    if (sparse) this.#expander = new SparseExpander(sparse.map, this.#remaining);
    return this.#open(member.entry);
  }

  *#open(entry: TarEntry): Generator<TarEvent, void> {
    yield { kind: 'entry', entry };
    if (this.#remaining > 0) this.#state = 'content';
    else yield* this.#close();
  }

  *#content(bytes: Buffer): Generator<TarEvent, void> {
    this.#remaining -= bytes.length;
    if (this.#expander) yield* this.#expander.expand(bytes);
    else yield { kind: 'data', bytes };
    if (this.#remaining === 0) yield* this.#close();
  }

  *#close(): Generator<TarEvent, void> {
    if (this.#expander) yield* this.#expander.finish();
    if (this.#padding > 0) this.#state = 'padding';
    else this.#expect('header', BLOCK);
    yield END;
  }

  #beginExtended(block: Buffer, flag: string): Iterable<TarEvent> {
    const size = numberField(block, fields.size);
    if (size < 0 || size > MAX_EXTENDED) {
      throw tarError('TAR_LIMIT', `an extended header has ${size} bytes, over ${MAX_EXTENDED}`);
    }
    this.#extendedType = flag;
    this.#extendedSize = size;
    if (size === 0) return this.#extendedHeader(EMPTY);
    this.#expect('extended header', size + paddingOf(size));
    return [];
  }

  #extendedHeader(content: Buffer): Iterable<TarEvent> {
    const bytes = Buffer.from(content);
    const nul = bytes.indexOf(0);
    const text = nul < 0 ? bytes : bytes.subarray(0, nul);
    if (this.#extendedType === 'L') this.#longName = text;
    else if (this.#extendedType === 'K') this.#longLink = text;
    else if (this.#extendedType === 'g') this.#addGlobal(parsePaxRecords(bytes));
    else if (this.#extendedType !== 'V') this.#local = parsePaxRecords(bytes);
    this.#expect('header', BLOCK);
    return [];
  }

  #addGlobal(records: PaxRecords): void {
    const merged = new Map([...this.#global, ...records]);
    const size = [...merged].reduce((sum, [key, value]) => sum + key.length + value.length, 0);
    if (size > MAX_EXTENDED) throw tarError('TAR_LIMIT', 'the global headers grow without end');
    this.#global = [...merged];
  }

  #sparseBlock(block: Buffer, extension: boolean): Iterable<TarEvent> {
    const { chunks, more } = oldSparseChunks(block, extension);
    this.#sparseChunks.push(...chunks);
    const { entry } = this.#member!;
    const map = checkedMap(this.#sparseChunks, entry.size);
    if (more) {
      this.#expect('sparse blocks', BLOCK);
      return [];
    }
    this.#expander = new SparseExpander(map, this.#remaining);
    return this.#open(entry);
  }

  #sparseMap(bytes: Buffer): Iterable<TarEvent> {
    const { entry } = this.#member!;
    const found = readSparseMap1(bytes, entry.size);
    if (found === undefined) {
      const next = bytes.length * 2;
      if (next > MAX_SPARSE_MAP) throw tarError('TAR_LIMIT', 'a sparse map is too large', entry.name);
      return this.#moreSparseMap(bytes);
    }
    this.#remaining -= found.consumed;
    this.#expander = new SparseExpander(found.map, this.#remaining);
    return this.#open(entry);
  }

  #moreSparseMap(bytes: Buffer): Iterable<TarEvent> {
    if (this.#remaining < bytes.length + BLOCK) {
      throw tarError('TAR_HEADER', 'a sparse map does not end', this.#member?.entry.name);
    }
    this.#gathered = [Buffer.from(bytes)];
    this.#gatheredSize = bytes.length;
    this.#expect('sparse map', bytes.length + BLOCK);
    return [];
  }
}
