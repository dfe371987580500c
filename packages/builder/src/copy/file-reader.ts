import { closeSync, constants, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { SlipwayError } from '@slipway/core';

/** Files up to this size are read in one call: a trip to the thread pool costs more than the reading. */
export const SMALL_FILE: number = 128 * 1024;
const LARGE_CHUNK = 512 * 1024;
/** What was planned as a file is no symlink, and no pipe that would be waited for. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Reads files one after another into the same memory: the collector comes late for 20,000 buffers, and for those of a file
 * that is larger than the memory there is. What is read is good until the next is asked for; one reader for each user.
 * Throws COPY_SOURCE_CHANGED where there is no such file any more.
 */
export class FileReader {
  /** One byte more than a small file has, so that one that grew is seen. */
  readonly #small = Buffer.allocUnsafeSlow(SMALL_FILE + 1);
  #large: [Buffer, Buffer] | undefined;

  /** The content of a file of at most SMALL_FILE bytes; of a larger one, one byte too many. */
  small(file: Buffer): Buffer {
    return this.#small.subarray(0, readInto(file, this.#small));
  }

  /** A file of any size in chunks; the next one is read while this one is used. */
  async *large(path: Buffer): AsyncGenerator<Buffer, void> {
    this.#large ??= [Buffer.allocUnsafeSlow(LARGE_CHUNK), Buffer.allocUnsafeSlow(LARGE_CHUNK)];
    let [now, later] = this.#large;
    await using file = await open(path, READ).catch((error) => {
      throw explainMissing(error, path);
    });
    let reading = file.read(now, 0, LARGE_CHUNK, null);
    try {
      for (let { bytesRead } = await reading; bytesRead > 0; { bytesRead } = await reading) {
        [now, later] = [later, now];
        reading = file.read(now, 0, LARGE_CHUNK, null);
        yield later.subarray(0, bytesRead);
      }
    } finally {
      await reading.catch(() => {}); // A reader that stops early: the file may be closed when nothing reads it.
    }
  }
}

/** Reads a file until it ends or the memory is full; returns the bytes read. Throws COPY_SOURCE_CHANGED. */
export function readInto(file: Buffer, memory: Buffer): number {
  const fd = openFile(file);
  try {
    let size = 0;
    for (let read = -1; read !== 0 && size < memory.length; size += read)
      read = readSync(fd, memory, size, memory.length - size, null);
    return size;
  } finally {
    closeSync(fd);
  }
}

function openFile(file: Buffer): number {
  try {
    return openSync(file, READ);
  } catch (error) {
    throw explainMissing(error, file);
  }
}

/** The file was there when its folder was listed. */
function explainMissing(error: unknown, file: Buffer): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'ENOENT' && code !== 'ELOOP' && code !== 'ENOTDIR') return error;
  return sourceChanged(file.toString(), { cause: error });
}

/** COPY_SOURCE_CHANGED: something writes to what is copied. */
export function sourceChanged(name: string, options: { readonly cause?: unknown } = {}): SlipwayError {
  return new SlipwayError('conflict', 'COPY_SOURCE_CHANGED', `${name} changed while it was copied`, {
    hint: 'build again when nothing writes to the context',
    ...options,
  });
}
