import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream';
import { RegistryError } from '../registry-error.ts';

/**
 * Calls `take` with each chunk of a body as the socket brings it, without an iterator's promises for each; while a promise
 * that it returns is pending the client waits. What it throws ends the reading and keeps the connection, so that an
 * answer can still be sent.
 */
export function eachChunk(
  request: IncomingMessage,
  take: (chunk: Buffer) => Promise<void> | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: unknown): void => {
      unwatch();
      request.off('data', onData);
      if (!error) {
        resolve();
        return;
      }
      request.pause();
      reject(error);
    };
    const onData = (chunk: Buffer): void => {
      try {
        const busy = take(chunk);
        if (busy === undefined) return;
        request.pause();
        busy.then(() => request.resume(), settle);
      } catch (error) {
        settle(error);
      }
    };
    const unwatch = finished(request, { writable: false }, settle);
    request.on('data', onData);
  });
}

/** A small body whole; throws SIZE_INVALID (413) as soon as it is known to have more than `limit` bytes. `count` may watch over its chunks. */
export async function readBody(
  request: IncomingMessage,
  limit: number,
  count?: (bytes: number) => void,
): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
  const chunks: Buffer[] = [];
  let size = 0;
  await eachChunk(request, (chunk) => {
    count?.(chunk.length);
    size += chunk.length;
    if (size > limit) throw tooLarge(limit);
    chunks.push(chunk);
    return undefined;
  });
  return Buffer.concat(chunks, size);
}

function tooLarge(limit: number): RegistryError {
  return new RegistryError('SIZE_INVALID', `the body has more than ${limit} bytes`, { status: 413 });
}
