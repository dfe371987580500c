import { lstatSync } from 'node:fs';
import { readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type BytePath, fsPath } from '../copy/byte-path.ts';
import { writeFileAtomic } from './atomic-file.ts';
import type { CacheKey } from './cache-key.ts';
import { Settling } from './settled.ts';
import { LOOK_NUMBERS, type WalkRecord } from './walk-record.ts';

const MAGIC = 0x6b6c6177; // "walk"
const VERSION = 1;
/** Magic, version, checksum of all that follows it, number of looks. */
const HEADER = 16;
const DIGEST = 32;
const LOOK_BYTES = LOOK_NUMBERS * 8;
/** A smaller folder is walked through in no time. */
const FEWEST_LOOKS = 1000;
/** Of all that are kept; those go first that were not used for longest. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * What walks through folders saw and what came of them, in a file each: where every file and folder is as it was, so is the
 * result. That takes one `lstat` for each; no folder is listed, since one whose names change gets another time.
 */
export class KnownWalks {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The SHA-256 in hexadecimal that the walk gave; undefined where it is not known, or anything changed. */
  async unchanged(key: CacheKey, root: string): Promise<string | undefined> {
    const file = this.#file(key);
    const bytes = await readFile(file).catch(() => undefined);
    if (bytes === undefined || !isIntact(bytes) || !isAsSeen(bytes, root)) return undefined;
    const now = new Date();
    await utimes(file, now, now).catch(() => {}); // Another build may have removed it; what it said holds.
    return bytes.toString('hex', HEADER, HEADER + DIGEST);
  }

  /** Remembers a walk, unless something could change now without being seen later. */
  async keep(key: CacheKey, walk: WalkRecord, digest: string): Promise<void> {
    if (walk.count < FEWEST_LOOKS || !walk.isSettled(new Settling())) return;
    // Losing it in a crash of the machine costs a walk.
    await writeFileAtomic(this.#file(key), encode(walk, digest), { flush: false });
    await this.#makeRoom();
  }

  #file(key: CacheKey): string {
    return join(this.#folder, key.slice(0, 32));
  }

  async #makeRoom(): Promise<void> {
    const files: { readonly path: string; readonly size: number; readonly used: number }[] = [];
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name);
      const found = await stat(path).catch(() => undefined);
      if (found !== undefined) files.push({ path, size: found.size, used: found.mtimeMs });
    }
    let total = 0;
    for (const { path, size } of files.sort((a, b) => b.used - a.used)) {
      total += size;
      if (total > MOST_BYTES) await rm(path, { force: true });
    }
  }
}

function encode(walk: WalkRecord, digest: string): Buffer {
  const header = Buffer.alloc(HEADER);
  const { buffer, byteOffset, byteLength } = walk.numbers();
  const bytes = Buffer.concat([
    header,
    Buffer.from(digest, 'hex'),
    Buffer.from(buffer, byteOffset, byteLength),
    ...walk.paths(),
  ]);
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt32LE(VERSION, 4);
  bytes.writeUInt32LE(walk.count, 12);
  bytes.writeUInt32LE(crc32(bytes.subarray(12)), 8);
  return bytes;
}

function isIntact(bytes: Buffer): boolean {
  if (bytes.length < HEADER + DIGEST) return false;
  if (bytes.readUInt32LE(0) !== MAGIC || bytes.readUInt32LE(4) !== VERSION) return false;
  return bytes.readUInt32LE(8) === crc32(bytes.subarray(12));
}

/** Whether each path still has the file that was seen there; whatever changes a file or the names in a folder changes its ctime. */
function isAsSeen(bytes: Buffer, root: string): boolean {
  try {
    return looksTheSame(bytes, root);
  } catch {
    return false; // What cannot be looked at any more is for the walk to tell of.
  }
}

function looksTheSame(bytes: Buffer, root: string): boolean {
  const count = bytes.readUInt32LE(12);
  const start = HEADER + DIGEST;
  const seen = new Float64Array(count * LOOK_NUMBERS);
  new Uint8Array(seen.buffer).set(bytes.subarray(start, start + count * LOOK_BYTES));
  const paths = bytes.toString('latin1', start + count * LOOK_BYTES);
  let from = 0;
  for (let look = 0; look < count; look++) {
    const to = paths.indexOf('\0', from);
    if (!isSame(fsPath(root, paths.slice(from, to) as BytePath), seen, look * LOOK_NUMBERS)) return false;
    from = to + 1;
  }
  return true;
}

/** Numbers, not bigints, which cost a third more: a change that comes later by a tick of the clock differs in them too. */
function isSame(path: string | Buffer, seen: Float64Array, at: number): boolean {
  const now = lstatSync(path, { throwIfNoEntry: false });
  return (
    now !== undefined &&
    now.ctimeMs === seen[at + 4] &&
    now.mtimeMs === seen[at + 3] &&
    now.size === seen[at + 2] &&
    now.ino === seen[at + 1] &&
    now.dev === seen[at]
  );
}
