import type { BigIntStats } from 'node:fs';
import { IDENTITY_WORDS } from '../cache/file-identity.ts';
import type { BytePath } from './byte-path.ts';
import { FileSources } from './file-sources.ts';
import type { LayerEntry } from './layer-entry.ts';
import { PathArena } from './path-arena.ts';

const TYPES: readonly LayerEntry['type'][] = [
  'file',
  'directory',
  'symlink',
  'hardlink',
  'char',
  'block',
  'fifo',
];
const IMPLIED = 1;
const IDENTIFIED = 2;
const DIGESTED = 4;
const REMOVED = 8;
const SETTLED = 16;

/** A row: 64-bit numbers, and the same bytes as 32-bit words. The file's identity comes first: size and mtime are part of it. */
const NUMBERS = 9;
const WORDS = NUMBERS * 2;
const [SIZE, MTIME] = [2, 3];
const [DIGEST, UID, GID, PATH, PATH_LENGTH, KIND, SOURCE] = [10, 12, 13, 14, 15, 16, 17];
const CHUNK_ROWS = 2048;

interface Chunk {
  readonly numbers: BigInt64Array;
  readonly words: Uint32Array;
}

/** An entry to be added; `stamp` is the stat of the file that it is read from, whose size and mtime it has. */
export type NewEntry = LayerEntry & {
  readonly stamp?: Pick<BigIntStats, 'dev' | 'ino' | 'ctimeNs'>;
};

/** What few entries have. */
type Rare = Pick<LayerEntry, 'content' | 'link' | 'device' | 'xattrs' | 'sha256'>;

/**
 * The entries of a layer by path, in about 100 bytes each: a context may have a million files. Iterates in the order of the
 * paths' bytes; what it yields is made then, and changing it changes nothing.
 */
export class EntryTable implements Iterable<LayerEntry> {
  readonly #chunks: Chunk[] = [];
  readonly #paths = new PathArena();
  readonly #sources = new FileSources();
  readonly #rare = new Map<number, Rare>();
  #count = 0;
  #removed = 0;
  /** Rows, plus one, at the hash of their paths; 0 is free. */
  #slots = new Int32Array(1024);
  /** The path added last, while all came in order. */
  #last: BytePath | undefined = '' as BytePath;

  get size(): number {
    return this.#count - this.#removed;
  }

  /** Whether all are folders of the base that are listed only because what is in them needs a parent. */
  get changesNothing(): boolean {
    for (let row = 0; row < this.#count; row++) if (!this.#is(row, IMPLIED | REMOVED)) return false;
    return true;
  }

  get(path: BytePath): LayerEntry | undefined {
    const row = this.#find(path);
    return row === undefined || this.#is(row, REMOVED) ? undefined : this.#entry(row);
  }

  /** Its type alone, which costs less. */
  typeOf(path: BytePath): LayerEntry['type'] | undefined {
    const row = this.#find(path);
    return row === undefined || this.#is(row, REMOVED) ? undefined : this.#type(row);
  }

  /** Adds the entry, in place of the one that its path has. */
  set(entry: NewEntry): void {
    const { target, stamp, identity } = entry;
    const known = this.#find(target);
    const row = known ?? this.#append(target);
    if (known !== undefined && this.#is(row, REMOVED)) this.#removed -= 1;
    const { numbers, words } = this.#chunkOf(row);
    const number = (row % CHUNK_ROWS) * NUMBERS;
    const word = number * 2;
    if (stamp !== undefined) {
      numbers[number] = stamp.dev;
      numbers[number + 1] = stamp.ino;
      numbers[number + 4] = stamp.ctimeNs;
    } else if (identity !== undefined) words.set(identity, word);
    numbers[number + SIZE] = BigInt(entry.size);
    numbers[number + MTIME] = entry.mtimeNs;
    words[word + UID] = entry.uid;
    words[word + GID] = entry.gid;
    const flags = (entry.implied ? IMPLIED : 0) | ((stamp ?? identity) ? IDENTIFIED : 0);
    words[word + KIND] = entry.mode | (TYPES.indexOf(entry.type) << 16) | (flags << 24);
    words[word + SOURCE] = entry.file === undefined ? 0 : this.#sources.add(target, entry.file);
    this.#setRare(row, entry);
  }

  /** Removes the path and all below it. */
  removeTree(path: BytePath): void {
    const below = `${path}/`;
    for (let row = 0; row < this.#count; row++) {
      const own = this.#path(row);
      if (this.#is(row, REMOVED) || (own !== path && !own.startsWith(below))) continue;
      this.#setFlag(row, REMOVED);
      this.#removed += 1;
    }
  }

  /** The entries' numbers, for `at`, in the order of their paths' bytes. */
  rows(): Iterable<number> {
    if (this.#removed === 0 && this.#last !== undefined) return range(this.#count);
    return this.#sorted();
  }

  at(row: number): LayerEntry {
    return this.#entry(row);
  }

  *[Symbol.iterator](): Generator<LayerEntry, void> {
    for (const row of this.rows()) yield this.#entry(row);
  }

  *ofType(type: LayerEntry['type']): Generator<LayerEntry, void> {
    for (const row of this.rows()) if (this.#type(row) === type) yield this.#entry(row);
  }

  /** Keeps the start of a file's SHA-256 (in hexadecimal) as the entry's `digestStart`, and whether it `isSettled`. */
  noteDigest(row: number, sha256: string, isSettled: boolean): void {
    const word = wordOf(row);
    const { words } = this.#chunkOf(row);
    words[word + DIGEST] = Number.parseInt(sha256.slice(0, 8), 16);
    words[word + DIGEST + 1] = Number.parseInt(sha256.slice(8, 16), 16);
    this.#setFlag(row, isSettled ? DIGESTED | SETTLED : DIGESTED);
  }

  /** A sum over the files that were digested: equal where they are the same by content and mode, whatever their order and their paths. */
  get fileSum(): string {
    let [high, low] = [0, 0];
    for (let row = 0; row < this.#count; row++) {
      if (!this.#is(row, DIGESTED) || this.#is(row, REMOVED)) continue;
      const word = wordOf(row) + DIGEST;
      const { words } = this.#chunkOf(row);
      high = (high + words[word]!) >>> 0;
      low = (low + words[word + 1]! + (this.#kind(row) & 0xffff)) >>> 0;
    }
    return hex(high) + hex(low);
  }

  #entry(row: number): LayerEntry {
    const { numbers, words } = this.#chunkOf(row);
    const word = wordOf(row);
    const number = word / 2;
    const kind = words[word + KIND]!;
    const flags = kind >>> 24;
    const target = this.#path(row);
    const source = words[word + SOURCE]!;
    const entry: Mutable<LayerEntry> = {
      target,
      type: TYPES[(kind >>> 16) & 0xff]!,
      mode: kind & 0xffff,
      uid: words[word + UID]!,
      gid: words[word + GID]!,
      mtimeNs: numbers[number + MTIME]!,
      size: Number(numbers[number + SIZE]!),
    };
    if (flags & IMPLIED) entry.implied = true;
    if (source !== 0) entry.file = this.#sources.fileOf(source, target);
    if (flags & IDENTIFIED) entry.identity = words.subarray(word, word + IDENTITY_WORDS);
    if (flags & SETTLED) entry.isSettled = true;
    if (flags & DIGESTED) entry.digestStart = hex(words[word + DIGEST]!) + hex(words[word + DIGEST + 1]!);
    return this.#rare.size === 0 ? entry : Object.assign(entry, this.#rare.get(row));
  }

  #setRare(row: number, { content, link, device, xattrs, sha256 }: LayerEntry): void {
    const rare: Mutable<Rare> = {};
    if (content !== undefined) rare.content = content;
    if (link !== undefined) rare.link = link;
    if (device !== undefined) rare.device = device;
    if (xattrs !== undefined) rare.xattrs = xattrs;
    if (sha256 !== undefined) rare.sha256 = sha256;
    if (Object.keys(rare).length > 0) this.#rare.set(row, rare);
    else this.#rare.delete(row);
  }

  #sorted(): Uint32Array {
    const rows = Uint32Array.from(range(this.#count)).filter((row) => !this.#is(row, REMOVED));
    return rows.sort((a, b) => this.#compare(a, b));
  }

  #path(row: number): BytePath {
    const { words } = this.#chunkOf(row);
    const word = wordOf(row);
    return this.#paths.text(words[word + PATH]!, words[word + PATH_LENGTH]!);
  }

  #compare(a: number, b: number): number {
    const [aWords, bWords] = [this.#chunkOf(a).words, this.#chunkOf(b).words];
    const [aAt, bAt] = [wordOf(a) + PATH, wordOf(b) + PATH];
    return this.#paths.compare(aWords[aAt]!, aWords[aAt + 1]!, bWords[bAt]!, bWords[bAt + 1]!);
  }

  #type(row: number): LayerEntry['type'] {
    return TYPES[(this.#kind(row) >>> 16) & 0xff]!;
  }

  #is(row: number, flag: number): boolean {
    return ((this.#kind(row) >>> 24) & flag) !== 0;
  }

  #setFlag(row: number, flag: number): void {
    this.#chunkOf(row).words[wordOf(row) + KIND]! |= flag << 24;
  }

  #kind(row: number): number {
    return this.#chunkOf(row).words[wordOf(row) + KIND]!;
  }

  #chunkOf(row: number): Chunk {
    return this.#chunks[Math.floor(row / CHUNK_ROWS)]!;
  }

  #append(path: BytePath): number {
    const row = this.#count;
    if (row % CHUNK_ROWS === 0) {
      const numbers = new BigInt64Array(CHUNK_ROWS * NUMBERS);
      this.#chunks.push({ numbers, words: new Uint32Array(numbers.buffer) });
    }
    const word = wordOf(row);
    const { words } = this.#chunkOf(row);
    words[word + PATH] = this.#paths.add(path);
    words[word + PATH_LENGTH] = path.length;
    this.#last = this.#last !== undefined && this.#last < path ? path : undefined;
    this.#count += 1;
    if (this.#count * 2 > this.#slots.length) this.#growSlots();
    else this.#place(row, path);
    return row;
  }

  #find(path: BytePath): number | undefined {
    const mask = this.#slots.length - 1;
    for (let slot = hashOf(path) & mask; ; slot = (slot + 1) & mask) {
      const row = this.#slots[slot]! - 1;
      if (row < 0) return undefined;
      const { words } = this.#chunkOf(row);
      const word = wordOf(row);
      if (this.#paths.equals(words[word + PATH]!, words[word + PATH_LENGTH]!, path)) return row;
    }
  }

  #growSlots(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (let row = 0; row < this.#count; row++) this.#place(row, this.#path(row));
  }

  #place(row: number, path: BytePath): void {
    const mask = this.#slots.length - 1;
    let slot = hashOf(path) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = row + 1;
  }
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Where a row begins in its chunk. */
function wordOf(row: number): number {
  return (row % CHUNK_ROWS) * WORDS;
}

/** FNV-1a. */
function hashOf(path: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < path.length; at++) hash = Math.imul(hash ^ path.charCodeAt(at), 0x01000193);
  return hash ^ (hash >>> 15);
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0');
}

function* range(count: number): Generator<number, void> {
  for (let at = 0; at < count; at++) yield at;
}
