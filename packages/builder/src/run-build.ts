import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reexecInUserNamespace } from '@slipway/containers';
import { SlipwayError } from '@slipway/core';
import type { BuildOptions, BuildResult } from './build-options.ts';
import { silentProgress } from './progress/progress.ts';
import { JsonLines } from './worker/json-lines.ts';
import { type FromWorker, fromPlainError, type ToWorker, toPlainError } from './worker/messages.ts';

export interface RunBuildOptions extends BuildOptions {
  /**
   * The program that builds, without the socket that is added as its last argument. Default: this Node with `worker.ts` of
   * the checkout, or what the environment variable SLIPWAY_BUILD_WORKER names (a JSON array), as the executor's bundle does.
   */
  readonly worker?: readonly string[] | undefined;
}

/**
 * Builds an image in a process of its own, inside a user and mount namespace where the place allows one, so that the
 * caller needs no privileges and nothing can stay mounted. Credentials are asked for over a socket in a private folder:
 * they are in no argument, variable or file. Throws what `buildImage` throws, and BUILD_WORKER_FAILED.
 */
export async function runBuild(options: RunBuildOptions): Promise<BuildResult> {
  const { signal } = options;
  signal?.throwIfAborted();
  await using meeting = await Meeting.open(options);
  const argv = [...(options.worker ?? defaultWorker()), meeting.path];
  const exited = startWorker(argv, options);
  const failure = exited.then((code) => {
    throw new SlipwayError(
      'internal',
      'BUILD_WORKER_FAILED',
      `the building process ended with exit code ${code}`,
    );
  });
  // Cleaning up is the worker's last act: the build is over when the process is.
  const outcome = await Promise.allSettled([Promise.race([meeting.result, failure]), exited]);
  const [result] = outcome;
  if (result.status === 'fulfilled') return result.value;
  throw signal?.aborted && !(result.reason instanceof SlipwayError) ? signal.reason : result.reason;
}

async function startWorker(argv: readonly string[], options: RunBuildOptions): Promise<number> {
  void options;
  return await reexecInUserNamespace({ argv, stdio: ['ignore', 'inherit', 'inherit'] });
}

function defaultWorker(): readonly string[] {
  const named = process.env.SLIPWAY_BUILD_WORKER;
  if (named !== undefined) return JSON.parse(named);
  const flags = ['--disable-warning=ExperimentalWarning'];
  return [process.execPath, ...flags, fileURLToPath(new URL('./worker.ts', import.meta.url))];
}

/** Where the worker and its caller meet: a socket in a folder that only this user can enter. */
class Meeting implements AsyncDisposable {
  readonly path: string;
  readonly result: Promise<BuildResult>;
  readonly #folder: string;
  readonly #close: () => void;

  private constructor(folder: string, result: Promise<BuildResult>, close: () => void) {
    this.#folder = folder;
    this.path = socketIn(folder);
    this.result = result;
    this.#close = close;
  }

  static async open(options: BuildOptions): Promise<Meeting> {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-build-'));
    const { promise, resolve, reject } = Promise.withResolvers<BuildResult>();
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      serveWorker(socket, options, resolve, reject);
    });
    await new Promise<void>((done, failed) => {
      server.once('error', failed);
      server.listen(socketIn(folder), done);
    });
    promise.catch(() => {}); // Looked at later, when the worker has ended.
    return new Meeting(folder, promise, () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function socketIn(folder: string): string {
  return join(folder, 'socket');
}

function serveWorker(
  socket: Socket,
  options: BuildOptions,
  resolve: (result: BuildResult) => void,
  reject: (error: unknown) => void,
): void {
  const { progress = silentProgress, credentials, signal, ...rest } = options;
  const lines = new JsonLines<FromWorker, ToWorker>(socket, (message) => {
    switch (message.type) {
      case 'progress':
        return progress.emit(message.event);
      case 'result':
        return resolve(message.result);
      case 'failed':
        return reject(fromPlainError(message.error));
      case 'credentials':
        return void answer(message.id, message.registry);
    }
  });
  const answer = async (id: number, registry: string): Promise<void> => {
    try {
      lines.send({ type: 'credentials', id, value: (await credentials?.get(registry)) ?? null });
    } catch (error) {
      lines.send({ type: 'credentials', id, value: null, error: toPlainError(error) });
    }
  };
  const abort = (): void => lines.send({ type: 'abort' });
  signal?.addEventListener('abort', abort, { once: true });
  socket.once('close', () => signal?.removeEventListener('abort', abort));
  const { worker: _, ...request } = rest as RunBuildOptions;
  lines.send({ type: 'build', request, hasCredentials: credentials !== undefined });
  if (signal?.aborted) abort();
}
