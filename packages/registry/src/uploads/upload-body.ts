import type { IncomingMessage } from 'node:http';
import type { Clock } from '@slipway/core';
import { bodyOf } from '../http/read-body.ts';
import type { RegistryLimits } from '../limits.ts';
import { RegistryError } from '../registry-error.ts';

/**
 * The chunks of an upload's body. Throws 408 when it comes slower than the limit (a client that trickles would hold an
 * upload open for ever) and DENIED when it has more than `room` bytes.
 */
export async function* uploadBody(
  request: IncomingMessage,
  o: { limits: RegistryLimits; clock: Clock; room: number },
): AsyncGenerator<Buffer> {
  const started = o.clock.now().getTime();
  let bytes = 0;
  for await (const chunk of bodyOf(request)) {
    bytes += chunk.length;
    if (bytes > o.room) throw overQuota(bytes, o.room);
    const elapsed = o.clock.now().getTime() - started;
    if (elapsed > o.limits.uploadGraceMs && (bytes / elapsed) * 1000 < o.limits.uploadBytesPerSecond) {
      throw new RegistryError('BLOB_UPLOAD_INVALID', 'the upload is too slow', {
        status: 408,
        hint: `send at least ${o.limits.uploadBytesPerSecond} bytes a second`,
      });
    }
    yield chunk;
  }
}

/** The refusal of a blob for which the namespace has no room. */
export function overQuota(bytes: number, room: number): RegistryError {
  return new RegistryError(
    'DENIED',
    `the namespace's quota leaves room for ${room} bytes, this is ${bytes} or more`,
    {
      hint: 'delete images that are not needed and collect garbage, or ask for a larger quota',
    },
  );
}
