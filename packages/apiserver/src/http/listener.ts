import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { joinHostPort, SlipwayError } from '@slipway/core';

export interface ListenerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** PEM. */
  readonly tls: { readonly cert: string; readonly key: string };
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
}

/** One address that the API answers on; TLS only, since clients send no tokens over plain HTTP. */
export class Listener {
  readonly #server: Server;
  readonly url: string;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  /** Throws LISTEN_FAILED when the address is taken or not ours. */
  static async open({ host, port, tls, handle }: ListenerOptions): Promise<Listener> {
    const server = createServer({ cert: tls.cert, key: tls.key, ALPNProtocols: ['http/1.1'] }, handle);
    // Watches and followed logs are silent for long; a client that is slow to send its request is not waited for.
    server.requestTimeout = 60_000;
    server.keepAliveTimeout = 90_000;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause: NodeJS.ErrnoException) => {
        const message = `cannot listen on ${host}:${port}: ${cause.code ?? cause.message}`;
        const hint = 'choose another port, or stop what uses it';
        reject(new SlipwayError('unavailable', 'LISTEN_FAILED', message, { cause, hint }));
      });
      server.listen(port, host, resolve);
    });
    const { port: bound } = server.address() as AddressInfo;
    return new Listener(server, `https://${joinHostPort(host, bound)}`);
  }

  /** Stops listening and ends open connections. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}
