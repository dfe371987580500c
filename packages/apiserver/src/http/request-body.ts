import type { IncomingMessage } from 'node:http';
import { StatusError } from '@slipway/kube';

const LIMIT = 3 * 1024 * 1024;

/** The whole body of a request, of 3 MiB at most. Throws RequestEntityTooLarge. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > LIMIT) throw StatusError.tooLarge(LIMIT);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LIMIT) throw StatusError.tooLarge(LIMIT);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The media type of the body without its parameters; JSON when the client does not say. */
export function contentType(request: IncomingMessage): string {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';');
  return type.trim().toLowerCase() || 'application/json';
}
