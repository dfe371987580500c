import { stat } from 'node:fs/promises';
import { SlipwayError } from '@slipway/core';

const DEFAULT_SOCKET = '/var/run/docker.sock';

/** Path of the Docker daemon's socket: what was said, or where DOCKER_HOST points to. Undefined where the default is meant. */
export function dockerSocket(
  given: string | undefined,
  host: string | undefined = process.env.DOCKER_HOST,
): string | undefined {
  if (given !== undefined) return given.replace(/^unix:\/\//, '');
  return host?.startsWith('unix://') ? host.slice('unix://'.length) : undefined;
}

/** Throws DOCKER_SOCKET unless a socket is there: a pod that mounts it would wait for it. */
export async function checkDockerSocket(path: string = DEFAULT_SOCKET): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isSocket()) return;
  throw new SlipwayError(
    'unavailable',
    'DOCKER_SOCKET',
    found ? `${path} is not a socket` : `no Docker daemon has its socket at ${path}`,
    {
      hint: 'start one (on Debian: apt-get install docker.io), or say where it is with --docker-socket; --method native needs none',
    },
  );
}
