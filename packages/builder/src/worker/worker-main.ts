import { connect } from 'node:net';
import { SlipwayError } from '@slipway/core';
import type { CredentialSource, Credentials } from '@slipway/oci';
import { buildImage } from '../build.ts';
import { JsonLines } from './json-lines.ts';
import { type FromWorker, fromPlainError, type ToWorker, toPlainError } from './messages.ts';

/**
 * The process that builds: connects to the socket that its caller listens at, receives one request, and sends progress
 * and the result. It stops and cleans up when it is told to, and when the caller is gone.
 */
export async function workerMain(socketPath: string): Promise<void> {
  const abort = new AbortController();
  const socket = connect(socketPath);
  const request = Promise.withResolvers<ToWorker & { type: 'build' }>();
  const questions = new Map<number, PromiseWithResolvers<Credentials | undefined>>();
  const lines = new JsonLines<ToWorker, FromWorker>(socket, (message) => {
    if (message.type === 'build') request.resolve(message);
    else if (message.type === 'abort') abort.abort(cancelled());
    else if (message.error) questions.get(message.id)?.reject(fromPlainError(message.error));
    else questions.get(message.id)?.resolve(message.value ?? undefined);
  });
  socket.once('close', () => {
    abort.abort(cancelled());
    request.reject(cancelled());
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => abort.abort(cancelled()));
  }

  const credentials: CredentialSource = {
    get: async (registry) => {
      const id = questions.size + 1;
      const answer = Promise.withResolvers<Credentials | undefined>();
      questions.set(id, answer);
      lines.send({ type: 'credentials', id, registry });
      return await answer.promise;
    },
  };
  const { request: options, housekeeping, hasCredentials } = await request.promise;
  try {
    const result = await buildImage(
      {
        ...options,
        ...(hasCredentials ? { credentials } : {}),
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

function cancelled(): SlipwayError {
  return new SlipwayError('cancelled', 'BUILD_CANCELLED', 'the build was cancelled');
}
