import { watch } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';

const CHUNK = 64 * 1024;

/**
 * The bytes of a file from `start` on. With `ended`, it waits for more until `ended` resolves and the rest is read; a
 * file that does not exist yet may still come. One inotify watch on its folder tells of changes.
 */
export async function* followFile(
  path: string,
  options: {
    readonly start?: number;
    readonly ended?: Promise<void> | undefined;
    readonly signal: AbortSignal;
  },
): AsyncGenerator<Buffer, void> {
  const { ended, signal } = options;
  const changes = new Changes(path, ended, signal);
  let file: FileHandle | undefined;
  let position = options.start ?? 0;
  try {
    while (!signal.aborted) {
      const isOver = changes.isOver;
      changes.arm();
      file ??= await open(path).catch(() => undefined);
      const chunk = file === undefined ? undefined : await readChunk(file, position);
      if (chunk !== undefined) {
        position += chunk.length;
        yield chunk;
      } else if (isOver) return;
      else await changes.next();
    }
  } finally {
    changes.close();
    await file?.close();
  }
}

async function readChunk(file: FileHandle, position: number): Promise<Buffer | undefined> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, position);
  return bytesRead === 0 ? undefined : buffer.subarray(0, bytesRead);
}

/** Remembers whether anything happened since `arm`, so that no change between a read and the wait is lost. */
class Changes {
  isOver: boolean;
  #wake = Promise.withResolvers<void>();
  readonly #stop: () => void;

  constructor(path: string, ended: Promise<void> | undefined, signal: AbortSignal) {
    this.isOver = ended === undefined;
    const wake = (): void => this.#wake.resolve();
    const watcher = ended === undefined ? undefined : watch(dirname(path), wake);
    watcher?.on('error', wake);
    signal.addEventListener('abort', wake, { once: true });
    void ended?.then(() => {
      this.isOver = true;
      wake();
    });
    this.#stop = () => {
      watcher?.close();
      signal.removeEventListener('abort', wake);
    };
  }

  arm(): void {
    this.#wake = Promise.withResolvers<void>();
    if (this.isOver) this.#wake.resolve();
  }

  next(): Promise<void> {
    return this.#wake.promise;
  }

  close(): void {
    this.#stop();
  }
}
