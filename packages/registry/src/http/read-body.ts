import type { IncomingMessage } from 'node:http';
import { RegistryError } from '../registry-error.ts';

/** The body's chunks; leaving the loop early keeps the connection, so that an answer can still be sent. */
export function bodyOf(request: IncomingMessage): AsyncIterable<Buffer> {
  return request.iterator({ destroyOnReturn: false });
}

/** A small body whole; throws SIZE_INVALID (413) as soon as it is known to have more than `limit` bytes. `body` may watch over its chunks. */
export async function readBody(
  request: IncomingMessage,
  limit: number,
  body: AsyncIterable<Buffer> = bodyOf(request),
): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

function tooLarge(limit: number): RegistryError {
  return new RegistryError('SIZE_INVALID', `the body has more than ${limit} bytes`, { status: 413 });
}
