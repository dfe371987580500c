import { crc32 } from 'node:zlib';
import { type FileIdentity, IDENTITY_WORDS } from './file-identity.ts';

const DIGEST_WORDS = 8;
const RECORD_WORDS = IDENTITY_WORDS + DIGEST_WORDS;
/** Magic, version, checksum of all that follows, and a word that stays 0. */
const HEADER_WORDS = 4;
const MAGIC = 0x78646973; // "sidx"
const VERSION = 1;
const WORD = 4;

/** SHA-256 by file identity, 72 bytes a file, found by hashing; the same bytes are what is written to the disk. */
export class DigestTable {
  /** The header's place, and the records. */
  #words: Uint32Array<ArrayBuffer>;
  #count: number;
  /** Rows, plus one, at the hash of their identities; 0 is free. */
  #slots = new Int32Array(0);
  /** Which rows were asked for or set since the table was read. */
  #used = new Uint8Array(0);

  private constructor(words: Uint32Array<ArrayBuffer>, count: number) {
    this.#words = words;
    this.#count = count;
    this.#makeSlots();
  }

  /** What `encode` wrote; empty for anything else, another machine's byte order included. */
  static decode(bytes: Uint8Array): DigestTable {
    const words = new Uint32Array(Math.max(HEADER_WORDS, Math.floor(bytes.length / WORD)));
    new Uint8Array(words.buffer).set(bytes.subarray(0, words.length * WORD));
    const count = (bytes.length / WORD - HEADER_WORDS) / RECORD_WORDS;
    const whole = words[0] === MAGIC && words[1] === VERSION && Number.isInteger(count);
    const valid = whole && words[2] === crc32(bytesOf(words.subarray(HEADER_WORDS)));
    return new DigestTable(words, valid ? count : 0);
  }

  /** In hexadecimal. */
  get(identity: FileIdentity): string | undefined {
    const row = this.#find(identity);
    if (row === undefined) return undefined;
    this.#used[row] = 1;
    return this.#digest(row).toString('hex');
  }

  set(identity: FileIdentity, digest: string): void {
    const row = this.#find(identity) ?? this.#append(identity);
    this.#digest(row).write(digest, 'hex');
    this.#used[row] = 1;
  }

  /** For the disk: at most `limit` rows where not more of them were used since the table was read; those go first that were not used for longest. */
  encode(limit: number): Uint8Array {
    let used = 0;
    for (let row = 0; row < this.#count; row++) used += this.#used[row]!;
    const unused = this.#count - used;
    const kept = Math.min(unused, Math.max(0, limit - used));
    // All were used: as they are, without a copy.
    if (unused === 0) return sealed(this.#words.subarray(0, HEADER_WORDS + this.#count * RECORD_WORDS));
    const words = new Uint32Array(HEADER_WORDS + (kept + used) * RECORD_WORDS);
    let next = HEADER_WORDS;
    const add = (row: number): void => {
      words.set(this.#row(row), next);
      next += RECORD_WORDS;
    };
    let seen = 0;
    for (let row = 0; row < this.#count; row++) {
      if (this.#used[row] === 1) continue;
      seen += 1;
      if (seen > unused - kept) add(row);
    }
    for (let row = 0; row < this.#count; row++) if (this.#used[row] === 1) add(row);
    return sealed(words);
  }

  #row(row: number): Uint32Array {
    const start = HEADER_WORDS + row * RECORD_WORDS;
    return this.#words.subarray(start, start + RECORD_WORDS);
  }

  #digest(row: number): Buffer {
    const start = (HEADER_WORDS + row * RECORD_WORDS + IDENTITY_WORDS) * WORD;
    return Buffer.from(this.#words.buffer, start, DIGEST_WORDS * WORD);
  }

  #find(identity: FileIdentity): number | undefined {
    const mask = this.#slots.length - 1;
    for (let slot = slotOf(identity, 0) & mask; ; slot = (slot + 1) & mask) {
      const row = this.#slots[slot]! - 1;
      if (row < 0) return undefined;
      if (this.#matches(row, identity)) return row;
    }
  }

  #matches(row: number, identity: FileIdentity): boolean {
    const start = HEADER_WORDS + row * RECORD_WORDS;
    for (let at = 0; at < IDENTITY_WORDS; at++) if (this.#words[start + at] !== identity[at]) return false;
    return true;
  }

  #append(identity: FileIdentity): number {
    const row = this.#count;
    const end = HEADER_WORDS + (row + 1) * RECORD_WORDS;
    if (end > this.#words.length) {
      const larger = this.#words.buffer.transfer((Math.ceil(end * 1.5) + 1024) * WORD);
      this.#words = new Uint32Array(larger);
    }
    this.#words.set(identity, HEADER_WORDS + row * RECORD_WORDS);
    this.#count += 1;
    if (this.#count * 2 > this.#slots.length) this.#makeSlots();
    else this.#place(row);
    return row;
  }

  /** At most half full, so that a search is short. */
  #makeSlots(): void {
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(this.#count * 2 + 512)));
    for (let row = 0; row < this.#count; row++) this.#place(row);
    const used = new Uint8Array(this.#slots.length / 2);
    used.set(this.#used);
    this.#used = used;
  }

  #place(row: number): void {
    const mask = this.#slots.length - 1;
    let slot = slotOf(this.#words, HEADER_WORDS + row * RECORD_WORDS) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = row + 1;
  }
}

/** By inode, size and change time; the other words seldom tell more. */
function slotOf(words: Uint32Array, at: number): number {
  const mixed =
    Math.imul(words[at + 2]!, 0x9e3779b1) ^ Math.imul(words[at + 8]! ^ words[at + 4]!, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}

/** The bytes of a table whose header is written now. */
function sealed(words: Uint32Array): Uint8Array {
  words.set([MAGIC, VERSION, crc32(bytesOf(words.subarray(HEADER_WORDS)))]);
  return bytesOf(words);
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}
