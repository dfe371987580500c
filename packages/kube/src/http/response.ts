import type { IncomingMessage } from 'node:http';
import { isObject } from '../json/value.ts';
import type { Status, StatusReason } from '../status.ts';
import { StatusError } from '../status-error.ts';

/** Far beyond any list; a bound against a server that never ends. */
const MAX_BODY_BYTES = 1 << 30;
/** Far beyond the largest object that a server stores. */
const MAX_LINE_BYTES = 64 << 20;

/** The body as JSON. Throws Unknown when it is none. */
export async function readJson<T>(response: IncomingMessage): Promise<T> {
  const text = await readText(response);
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw StatusError.of('Unknown', "the server's answer is not JSON", undefined, cause);
  }
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES)
      throw StatusError.of('Unknown', `the answer is larger than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The lines of a body that may never end, as they come; a last one without a newline included. */
export async function* readLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest: Buffer[] = [];
  let waiting = 0;
  for await (const bytes of source) {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const line = Buffer.concat([...rest, chunk.subarray(start, end)]).toString('utf8');
      rest = [];
      waiting = 0;
      start = end + 1;
      if (line !== '') yield line;
    }
    if (start < chunk.length) {
      rest.push(chunk.subarray(start));
      waiting += chunk.length - start;
      if (waiting > MAX_LINE_BYTES) throw StatusError.of('Unknown', 'the server sends a line without an end');
    }
  }
  const last = Buffer.concat(rest).toString('utf8');
  if (last !== '') yield last;
}

const CODE_REASONS: Readonly<Record<number, StatusReason>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** The failure that an answer carries: its Status, or one made of the code where a proxy answered. */
export async function statusErrorOf(response: IncomingMessage, path: string): Promise<StatusError> {
  const text = await readText(response);
  const code = response.statusCode ?? 0;
  try {
    const body: unknown = JSON.parse(text);
    if (isObject(body) && body.kind === 'Status') return new StatusError(body as unknown as Status);
  } catch {
    // Not JSON: the code says what there is to say.
  }
  const reason = CODE_REASONS[code] ?? 'Unknown';
  const excerpt = text.trim().split('\n')[0]?.slice(0, 200) ?? '';
  const message = `the server answered ${code} to ${path}${excerpt === '' ? '' : `: ${excerpt}`}`;
  return StatusError.of(reason, message);
}
