import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Logger } from '@slipway/core';
import { sendJson } from './http/respond.ts';

export interface ListenOptions {
  /** Address to listen on; `127.0.0.1` keeps the registry to this machine. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Certificate chain and key in PEM. */
  readonly tls: { readonly cert: string | Buffer; readonly key: string | Buffer };
  readonly handler: (request: IncomingMessage, response: ServerResponse) => unknown;
  readonly logger: Logger;
  /** How long a request's headers may take to arrive (ms). Default 30,000. */
  readonly headersMs?: number;
}

export interface Listener {
  readonly port: number;
  /** Stops accepting, ends idle connections, and resolves when the others are done or 2 s have passed. */
  close(): Promise<void>;
}

/** The first byte of a TLS record that begins a handshake (RFC 8446, section 5.1). */
const TLS_HANDSHAKE = 0x16;
const FIRST_BYTE_MS = 10_000;
const IDLE_MS = 120_000;
const HEADERS_MS = 30_000;
const CHECK_MS = 5_000;
const CLOSE_MS = 2_000;

/** Serves TLS, and plain HTTP to loopback peers only, on one port: the first byte of a connection tells which. */
export async function listenTlsOrLoopbackHttp(options: ListenOptions): Promise<Listener> {
  const headersTimeout = options.headersMs ?? HEADERS_MS;
  const limits = { headersTimeout, connectionsCheckingInterval: Math.min(CHECK_MS, headersTimeout) };
  const http = bounded(
    createHttpServer(limits, (request, response) => serveHttp(options, request, response)),
  );
  const serveTls = (request: IncomingMessage, response: ServerResponse): void =>
    void options.handler(request, response);
  // Loaded here: a registry for one command has no TLS, and does without its three megabytes.
  const { createServer: createHttpsServer } = process.getBuiltinModule('node:https');
  const https = bounded(createHttpsServer({ ...limits, ...options.tls }, serveTls));
  https.on('tlsClientError', (error) =>
    options.logger.debug('TLS handshake failed', { error: error.message }),
  );
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    route(socket, http, https);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    http.closeIdleConnections();
    https.closeIdleConnections();
    const timer = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, CLOSE_MS);
    await closed;
    clearTimeout(timer);
    http.close();
    https.close();
  };
  return { port: (server.address() as AddressInfo).port, close };
}

function route(socket: Socket, http: Server, https: Server): void {
  // A peer that resets the connection before its first byte must not end the process.
  const ignore = (): void => {};
  socket.on('error', ignore);
  socket.setTimeout(FIRST_BYTE_MS, () => socket.destroy());
  socket.once('readable', () => {
    const first: Buffer | null = socket.read();
    if (first === null) return void socket.destroy();
    socket.setTimeout(0);
    socket.removeAllListeners('timeout');
    socket.unshift(first);
    (first[0] === TLS_HANDSHAKE ? https : http).emit('connection', socket);
  });
}

/** A whole upload may take hours, its silences may not; how slow it may get is the upload's own limit. */
function bounded<T extends Server>(server: T): T {
  server.requestTimeout = 0;
  server.keepAliveTimeout = 75_000;
  server.timeout = IDLE_MS;
  // These servers get their connections from us and never listen; but node begins to watch over a server's connections,
  // which is what enforces headersTimeout and closeIdleConnections, when it does.
  server.emit('listening');
  return server;
}

function serveHttp(options: ListenOptions, request: IncomingMessage, response: ServerResponse): void {
  if (isLoopback(request.socket.remoteAddress ?? '')) return void options.handler(request, response);
  const message =
    'this port speaks HTTPS; plain HTTP is for loopback only. Use https://, and trust the certificate authority: slipway registry trust';
  sendJson(
    response,
    426,
    { errors: [{ code: 'UNSUPPORTED', message }] },
    { Upgrade: 'TLS/1.2, HTTP/1.1', Connection: 'Upgrade, close' },
  );
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./.test(address);
}
