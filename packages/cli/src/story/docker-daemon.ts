import { stat } from 'node:fs/promises';
import { dockerAnswers, dockerUnavailable, startPrivateDockerd } from './private-dockerd.ts';

/** Where the Task of the story finds the daemon. */
const DOCKER_SOCKET = '/var/run/docker.sock';

export interface DockerDaemon extends AsyncDisposable {
  /** Whether it was started for the story. */
  readonly own: boolean;
}

/**
 * The docker daemon of this machine where one listens; else one with folders of its own, which is gone afterwards with all
 * that it had. Throws DOCKER_UNAVAILABLE.
 */
export async function dockerDaemon(signal: AbortSignal): Promise<DockerDaemon> {
  if (dockerAnswers(DOCKER_SOCKET)) return { own: false, [Symbol.asyncDispose]: async () => {} };
  if (await stat(DOCKER_SOCKET).catch(() => undefined)) {
    throw dockerUnavailable(`${DOCKER_SOCKET} is there, and no daemon answers`);
  }
  if (process.getuid?.() !== 0) throw dockerUnavailable('only root can start one');
  const dockerd = await startPrivateDockerd({ socket: DOCKER_SOCKET, signal });
  return { own: true, [Symbol.asyncDispose]: () => dockerd[Symbol.asyncDispose]() };
}
