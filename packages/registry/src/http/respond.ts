import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Logger, toSlipwayError } from '@slipway/core';
import { answerOf } from '../registry-error.ts';

const MAX_DRAINED = 64 * 1024 * 1024;

/** Sends a JSON body. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const bytes = Buffer.from(`${JSON.stringify(body)}\n`);
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': bytes.length,
    ...headers,
  });
  response.end(bytes);
}

/** Sends a status without a body. */
export function sendEmpty(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string | readonly string[]>> = {},
): void {
  response.writeHead(status, { 'Content-Length': '0', ...headers } as Record<string, string | string[]>);
  response.end();
}

/** Answers with the failure in the distribution-spec's error body; what is not the client's fault is logged. */
export function sendError(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  logger: Logger,
): void {
  if (request.destroyed && !request.complete) {
    // The client went away in the middle of its body: nobody is left to answer.
    logger.debug('request aborted', { method: request.method, url: request.url });
    response.destroy();
    return;
  }
  const failure = toSlipwayError(error);
  const { status, code, message, headers } = answerOf(failure);
  if (status >= 500) {
    logger.error('request failed', {
      method: request.method,
      url: request.url,
      error: failure.message,
      stack: failure.stack,
    });
  }
  if (response.headersSent) {
    // The status line is out: cutting the connection is the only way left to say that the body is not whole.
    response.destroy();
    return;
  }
  // Read what is left of a small body, so that the client sees the answer instead of a reset; cut off a large one.
  const large = !request.complete && Number(request.headers['content-length'] ?? 0) > MAX_DRAINED;
  const close = large ? { Connection: 'close' } : {};
  request.resume();
  sendJson(response, status, { errors: [{ code, message }] }, { ...headers, ...close });
}
