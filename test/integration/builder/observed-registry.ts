import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** One request as the registry heard it. */
export interface Asked {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** Since the start of the test's process, in milliseconds. */
  readonly at: number;
}

/** Answers by itself, or returns false to let the registry answer. */
export type Fault = (asked: Asked, request: IncomingMessage, response: ServerResponse) => boolean;

/** Stands before a registry: notes what it is asked, answers late, and goes wrong where a test wants it to. */
export class ObservedRegistry implements AsyncDisposable {
  readonly asked: Asked[] = [];
  delayMs = 0;
  fault: Fault = () => false;
  readonly #server = createServer((request, response) => void this.#handle(request, response));
  readonly #behind: string;

  private constructor(behind: string) {
    this.#behind = behind;
  }

  /** `behind`: host and port of the registry itself. */
  static async before(behind: string): Promise<ObservedRegistry> {
    const observed = new ObservedRegistry(behind);
    observed.#server.listen(0, '127.0.0.1');
    await once(observed.#server, 'listening');
    return observed;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** `HEAD manifests v1`, `POST uploads?mount`, … since the last time. */
  take(): string[] {
    return this.asked.splice(0).map(({ method, path, query }) => {
      const [, kind = path, name = ''] = /\/(manifests|blobs)\/(?:sha256:)?([^/]*)/.exec(path) ?? [];
      const what = kind === 'manifests' ? ` ${name}` : '';
      const how = ['mount', 'digest'].find((key) => query.has(key));
      return `${method} ${name === 'uploads' ? 'uploads' : kind}${what}${how === undefined ? '' : `?${how}`}`;
    });
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://registry');
    const { method = '', headers } = request;
    const asked = { method, path: pathname, query: searchParams, headers, at: performance.now() };
    this.asked.push(asked);
    response.on('error', () => {});
    request.on('error', () => {});
    if (this.delayMs > 0) await sleep(this.delayMs);
    if (this.fault(asked, request, response)) return;
    const [host, port] = this.#behind.split(':');
    const onward = httpRequest({ host, port, method, path: request.url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
