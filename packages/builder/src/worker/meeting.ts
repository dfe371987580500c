import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Digest } from '@slipway/oci';
import type { Housekeeping } from '../build.ts';
import type { BuildOptions, BuildResult } from '../build-options.ts';
import { silentProgress } from '../progress/progress.ts';
import { JsonLines } from './json-lines.ts';
import { type FromWorker, fromPlainError, type ToWorker, toPlainError } from './messages.ts';

/** Where the worker and its caller meet: a socket in a folder that only this user can enter. */
export class Meeting implements AsyncDisposable {
  readonly path: string;
  readonly #folder: string;
  readonly #server: Server;
  readonly #options: BuildOptions;
  readonly #housekeeping: Housekeeping;
  readonly #outcome: PromiseWithResolvers<BuildResult | undefined> = Promise.withResolvers();
  readonly #done: PromiseWithResolvers<void> = Promise.withResolvers();
  #socket: Socket | undefined;

  private constructor(folder: string, options: BuildOptions, housekeeping: Housekeeping) {
    this.path = join(folder, 'socket');
    this.#folder = folder;
    this.#options = options;
    this.#housekeeping = housekeeping;
    this.#server = createServer((socket) => this.#serve(socket));
    this.#outcome.promise.catch(() => {}); // Asked for when the worker has ended.
  }

  static async open(options: BuildOptions, housekeeping: Housekeeping): Promise<Meeting> {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-build-'));
    const meeting = new Meeting(folder, options, housekeeping);
    await new Promise<void>((resolve, reject) => {
      meeting.#server.once('error', reject);
      meeting.#server.listen(meeting.path, resolve);
    });
    return meeting;
  }

  /** Resolves when the worker has sent a result or a failure, which it does when it has cleaned up. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  /** What the worker, which has ended or is about to, sent last; undefined where it sent neither a result nor a failure. */
  async result(): Promise<BuildResult | undefined> {
    // What it sent may still be on its way; without a connection nothing is.
    if (this.#socket === undefined) this.#outcome.resolve(undefined);
    return await this.#outcome.promise;
  }

  #serve(socket: Socket): void {
    this.#socket = socket;
    // The connection is all that is needed: nothing is left to be cleaned should we be killed.
    this.#server.close();
    rmSync(this.#folder, { recursive: true, force: true });
    const { progress = silentProgress, credentials, neededBlobs, signal, ...request } = this.#options;
    const lines = new JsonLines<FromWorker, ToWorker>(socket, (message) => {
      switch (message.type) {
        case 'progress':
          return progress.emit(message.event);
        case 'result':
          this.#outcome.resolve(message.result);
          return this.#done.resolve();
        case 'failed':
          this.#outcome.reject(fromPlainError(message.error));
          return this.#done.resolve();
        case 'credentials':
          return void this.#answer(lines, message.id, message.registry);
        case 'explain':
          return void this.#answerExplain(lines, message.id, message.registry);
        case 'needed':
          return void this.#answerNeeded(lines, message.id, message.digests);
      }
    });
    const abort = (): void => lines.send({ type: 'abort' });
    signal?.addEventListener('abort', abort, { once: true });
    socket.once('close', () => {
      signal?.removeEventListener('abort', abort);
      this.#outcome.resolve(undefined);
    });
    const hasCredentials = credentials !== undefined;
    const hasNeededBlobs = neededBlobs !== undefined;
    const housekeeping = this.#housekeeping;
    lines.send({ type: 'build', request, housekeeping, hasCredentials, hasNeededBlobs });
    if (signal?.aborted) abort();
  }

  async #answer(lines: JsonLines<FromWorker, ToWorker>, id: number, registry: string): Promise<void> {
    try {
      const value = (await this.#options.credentials?.get(registry)) ?? null;
      lines.send({ type: 'credentials', id, value });
    } catch (error) {
      lines.send({ type: 'credentials', id, value: null, error: toPlainError(error) });
    }
  }

  async #answerExplain(lines: JsonLines<FromWorker, ToWorker>, id: number, registry: string): Promise<void> {
    try {
      const value = (await this.#options.credentials?.explain?.(registry)) ?? null;
      lines.send({ type: 'explained', id, value });
    } catch (error) {
      lines.send({ type: 'explained', id, value: null, error: toPlainError(error) });
    }
  }

  async #answerNeeded(
    lines: JsonLines<FromWorker, ToWorker>,
    id: number,
    asked: readonly Digest[],
  ): Promise<void> {
    try {
      lines.send({ type: 'needed', id, digests: (await this.#options.neededBlobs?.(asked)) ?? [] });
    } catch (error) {
      lines.send({ type: 'needed', id, digests: [], error: toPlainError(error) });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#socket?.destroy();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
