import { closeSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';

/** Files up to this size are read in one call: a trip to the thread pool costs more than the reading. */
export const SMALL_FILE: number = 128 * 1024;
const LARGE_CHUNK = 512 * 1024;

/**
 * Reads files one after another into the same memory: the collector comes late for 20,000 buffers, and for those of a file
 * that is larger than the memory there is. What is read is good until the next is asked for; one reader for each user.
 */
export class FileReader {
  /** One byte more than a small file has, so that one that grew is seen. */
  readonly #small = Buffer.allocUnsafeSlow(SMALL_FILE + 1);
  #large: [Buffer, Buffer] | undefined;

  /** The content of a file of at most SMALL_FILE bytes; of a larger one, one byte too many. */
  small(file: Buffer): Buffer {
    const fd = openSync(file, 'r');
    try {
      let size = 0;
      for (let read = -1; read !== 0 && size < this.#small.length; ) {
        read = readSync(fd, this.#small, size, this.#small.length - size, null);
        size += read;
      }
      return this.#small.subarray(0, size);
    } finally {
      closeSync(fd);
    }
  }

  /** A file of any size in chunks; the next one is read while this one is used. */
  async *large(path: Buffer): AsyncGenerator<Buffer, void> {
    this.#large ??= [Buffer.allocUnsafeSlow(LARGE_CHUNK), Buffer.allocUnsafeSlow(LARGE_CHUNK)];
    let [now, later] = this.#large;
    await using file = await open(path, 'r');
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
