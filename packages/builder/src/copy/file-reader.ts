import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { SlipwayError } from '@slipway/core';
import { type FileIdentity, hasIdentity } from '../cache/file-identity.ts';
import { filePath, type LayerEntry } from './layer-entry.ts';

/** Files up to this size are read in one call: a trip to the thread pool costs more than the reading. */
export const SMALL_FILE: number = 128 * 1024;
const LARGE_CHUNK = 512 * 1024;
/** What was planned as a file is no symlink, and no pipe that would be waited for. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const LOOK = { bigint: true } as const;
/** What the kernel says where a file, folder or link is no more what it was when its folder was listed. */
const GONE: ReadonlySet<unknown> = new Set(['ENOENT', 'ELOOP', 'ENOTDIR', 'EISDIR', 'ENXIO', 'EINVAL']);

/** What of an entry is needed to read its file. */
type FileEntry = Pick<LayerEntry, 'file' | 'size' | 'identity'>;

interface SmallFile {
  /** Of a file that became too large, what there is room for. */
  readonly content: Buffer;
  /** Whether it was still the file of the entry, unchanged, when it had been read; true where the entry does not tell. */
  readonly isSame: boolean;
}

/**
 * Reads files one after another into the same memory: the collector comes late for 20,000 buffers, and for those of a file
 * that is larger than the memory there is. What is read is good until the next is asked for; one reader for each user.
 * Throws COPY_SOURCE_CHANGED where there is no such file any more.
 */
export class FileReader {
  /** One byte more than a small file has, so that one that grew is seen. */
  readonly #small = Buffer.allocUnsafeSlow(SMALL_FILE + 1);
  #large: [Buffer, Buffer] | undefined;

  /** A file of at most SMALL_FILE bytes; of a larger one, one byte too many. */
  small(entry: FileEntry): SmallFile {
    return readInto(entry, this.#small);
  }

  /** A file of any size, to be read in chunks. */
  async open(entry: FileEntry): Promise<LargeFile> {
    this.#large ??= [Buffer.allocUnsafeSlow(LARGE_CHUNK), Buffer.allocUnsafeSlow(LARGE_CHUNK)];
    const path = filePath(entry);
    try {
      return new LargeFile(await open(path, READ), entry, this.#large);
    } catch (error) {
      throw explainGone(error, path);
    }
  }
}

/** An open file. */
class LargeFile implements AsyncDisposable {
  readonly #file: FileHandle;
  readonly #entry: FileEntry;
  readonly #memory: [Buffer, Buffer];

  constructor(file: FileHandle, entry: FileEntry, memory: [Buffer, Buffer]) {
    this.#file = file;
    this.#entry = entry;
    this.#memory = memory;
  }

  /** Whether it is still the file of the entry, unchanged; true where the entry does not tell. */
  async isSame(): Promise<boolean> {
    const { identity } = this.#entry;
    return identity === undefined || hasIdentity(await this.#file.stat(LOOK), identity);
  }

  /** Its content; the next chunk is read while this one is used. */
  async *chunks(): AsyncGenerator<Buffer, void> {
    let [now, later] = this.#memory;
    let reading = this.#read(now);
    try {
      for (let { bytesRead } = await reading; bytesRead > 0; { bytesRead } = await reading) {
        [now, later] = [later, now];
        reading = this.#read(now);
        yield later.subarray(0, bytesRead);
      }
    } catch (error) {
      throw explainGone(error, filePath(this.#entry));
    } finally {
      await reading.catch(() => {}); // A reader that stops early: the file may be closed when nothing reads it.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  #read(memory: Buffer): Promise<{ bytesRead: number }> {
    return this.#file.read(memory, 0, LARGE_CHUNK, null);
  }
}

/** Reads a file until it ends or the memory, which must have room for a byte more, is full. Throws COPY_SOURCE_CHANGED. */
export function readInto(entry: FileEntry, memory: Buffer): SmallFile {
  const { size, identity } = entry;
  const path = filePath(entry);
  const fd = openFile(path);
  try {
    // By its identity it is known that the file ends there: no read is needed to see it.
    let used = identity === undefined ? 0 : readUpTo(fd, memory, 0, size);
    const isSame = isUnchanged(fd, identity);
    if (identity === undefined || !isSame) used = readUpTo(fd, memory, used, memory.length);
    return { content: memory.subarray(0, used), isSame };
  } catch (error) {
    throw explainGone(error, path);
  } finally {
    closeSync(fd);
  }
}

function isUnchanged(fd: number, identity: FileIdentity | undefined): boolean {
  return identity === undefined || hasIdentity(fstatSync(fd, LOOK), identity);
}

function readUpTo(fd: number, memory: Buffer, start: number, end: number): number {
  let used = start;
  for (let read = -1; read !== 0 && used < end; used += read)
    read = readSync(fd, memory, used, end - used, null);
  return used;
}

function openFile(path: string | Buffer): number {
  try {
    return openSync(path, READ);
  } catch (error) {
    throw explainGone(error, path);
  }
}

/** COPY_SOURCE_CHANGED where the error says that what was listed is there no more; else the error. */
export function explainGone(error: unknown, path: string | Buffer): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return GONE.has(code) ? sourceChanged(path.toString(), { cause: error }) : error;
}

/** COPY_SOURCE_CHANGED: something writes to what is copied. */
export function sourceChanged(name: string, options: { readonly cause?: unknown } = {}): SlipwayError {
  return new SlipwayError('conflict', 'COPY_SOURCE_CHANGED', `${name} changed while it was copied`, {
    hint: 'build again when nothing writes to the context',
    ...options,
  });
}
