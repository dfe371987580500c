import { connect } from 'node:net';
import { SlipwayError } from '@slipway/core';
import type { CredentialSource, Credentials, Digest } from '@slipway/oci';
import { buildImage } from '../build.ts';
import type { NeededBlobs } from '../cache/storage/inventory.ts';
import { JsonLines } from './json-lines.ts';
import { type FromWorker, fromPlainError, type PlainError, type ToWorker, toPlainError } from './messages.ts';

/**
 * The process that builds: connects to the socket that its caller listens at, receives one request, and sends progress
 * and the result. It stops and cleans up when it is told to, and when the caller is gone.
 */
export async function workerMain(socketPath: string): Promise<void> {
  const abort = new AbortController();
  const socket = connect(socketPath);
  const request = Promise.withResolvers<ToWorker & { type: 'build' }>();
  const questions = new Questions();
  const lines = new JsonLines<ToWorker, FromWorker>(socket, (message) => {
    if (message.type === 'build') request.resolve(message);
    else if (message.type === 'abort') abort.abort(cancelled());
    else if (message.error) questions.refuse(message.id, message.error);
    else
      questions.answer(
        message.id,
        message.type === 'needed' ? message.digests : (message.value ?? undefined),
      );
  });
  socket.once('close', () => {
    abort.abort(cancelled());
    request.reject(cancelled());
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => abort.abort(cancelled()));
  }

  const credentials: CredentialSource = {
    get: (registry) =>
      questions.ask<Credentials | undefined>((id) => lines.send({ type: 'credentials', id, registry })),
    explain: (registry) =>
      questions.ask<string | undefined>((id) => lines.send({ type: 'explain', id, registry })),
  };
  const neededBlobs: NeededBlobs = (digests) =>
    questions.ask<readonly Digest[]>((id) => lines.send({ type: 'needed', id, digests }));
  const received = await request.promise.catch(() => undefined);
  if (received === undefined) return; // The caller ended before it asked for anything.
  const { request: options, housekeeping, hasCredentials, hasNeededBlobs } = received;
  try {
    const result = await buildImage(
      {
        ...options,
        ...(hasCredentials ? { credentials } : {}),
        ...(hasNeededBlobs ? { neededBlobs } : {}),
        progress: { emit: (event) => lines.send({ type: 'progress', event }) },
        signal: abort.signal,
      },
      housekeeping,
    );
    lines.send({ type: 'result', result });
  } catch (error) {
    lines.send({ type: 'failed', error: toPlainError(error) });
  }
  lines.end();
}

/** What the caller was asked and has not answered yet. */
class Questions {
  readonly #open = new Map<number, PromiseWithResolvers<unknown>>();
  #count = 0;

  async ask<T>(send: (id: number) => void): Promise<T> {
    this.#count += 1;
    const question = Promise.withResolvers<unknown>();
    this.#open.set(this.#count, question);
    send(this.#count);
    return (await question.promise) as T;
  }

  answer(id: number, value: unknown): void {
    this.#open.get(id)?.resolve(value);
    this.#open.delete(id);
  }

  refuse(id: number, error: PlainError): void {
    this.#open.get(id)?.reject(fromPlainError(error));
    this.#open.delete(id);
  }
}

function cancelled(): SlipwayError {
  return new SlipwayError('cancelled', 'BUILD_CANCELLED', 'the build was cancelled');
}
