import { createServer, type Server } from 'node:net';
import { SlipwayError } from '@slipway/core';
import { namespace } from './own-container.ts';

/**
 * Makes sure that one build at a time replaces the root folder. The lock is an abstract socket (unix(7)) named for the mount
 * namespace: the kernel gives it back when its process ends in whichever way, so that none is ever stale. Throws
 * IN_PLACE_BUSY.
 */
export async function lockRoot(): Promise<() => Promise<void>> {
  const server: Server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(busy(cause)));
    server.listen(`\0slipway-in-place-${namespace('mnt')}`, resolve);
  });
  server.unref();
  return () => new Promise((resolve) => server.close(() => resolve()));
}

function busy(cause: Error): SlipwayError {
  return new SlipwayError('conflict', 'IN_PLACE_BUSY', 'another build in place runs in this container', {
    hint: 'wait for it, or take another container: each build in place has the root folder for itself',
    cause,
  });
}
