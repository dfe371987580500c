import { ReadStream } from 'node:fs';
import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import type { AgentOptions, Agent as HttpsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import { SlipwayError } from '@slipway/core';
import { freeMemory } from '../free-memory.ts';
import { machineAuthorities } from './machine-authorities.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Readable | Uint8Array | undefined;
  /** Default true. */
  readonly verify?: boolean;
  /** How long the connection may be silent, where the transport's limit is too long. */
  readonly idleTimeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Must be read to its end or destroyed. */
  readonly body: IncomingMessage;
}

/** What one host's TLS needs beside the well-known certificates; all in PEM. */
export interface HostTls {
  /** Trusted for this host only. */
  readonly ca?: string | undefined;
  /** Our own certificate and its key, for hosts that ask for one. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

export interface TransportOptions {
  /** By host, with the port where it is not the scheme's. */
  readonly hostTls?: ((host: string) => HostTls | undefined) | undefined;
  /** Certificates in PEM, trusted beside the system's well-known ones. */
  readonly ca?: string | Buffer | undefined;
  /** How long a connection may take, name lookup and TLS included. Default 4,000 ms. */
  readonly connectTimeoutMs?: number | undefined;
  /** How long a connection may be silent. Default 60,000 ms. */
  readonly idleTimeoutMs?: number | undefined;
  readonly userAgent?: string | undefined;
}

/** Node's TLS, where a registry speaks it: it takes three megabytes, and that of this machine does not. */
const https = (): typeof import('node:https') => process.getBuiltinModule('node:https');

/** One HTTP exchange over kept-alive connections; knows nothing of registries, retries or redirects. */
export class HttpTransport {
  readonly #options: TransportOptions;
  readonly #http = new HttpAgent({ keepAlive: true });
  readonly #https = new Map<string, HttpsAgent>();
  /** Hosts for which the well-known authorities do not vouch: those of this machine may. */
  readonly #unknown = new Set<string>();

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** Resolves when the response's head is there. Throws kind `unavailable` when there is no connection or it breaks. */
  async send(request: HttpRequest): Promise<HttpResponse> {
    try {
      return await this.#send(request);
    } catch (error) {
      const { host } = request.url;
      const isUnknown = error instanceof SlipwayError && error.code === 'REGISTRY_CERTIFICATE';
      // A stream may be spent by now; a registry is first asked without one.
      if (!isUnknown || this.#unknown.has(host) || isStream(request.body)) throw error;
      this.#unknown.add(host);
      return await this.#send(request);
    }
  }

  async #send(request: HttpRequest): Promise<HttpResponse> {
    request.signal?.throwIfAborted();
    const secure = request.url.protocol === 'https:';
    const agent = secure ? this.#agentOf(request.url.host, request.verify !== false) : this.#http;
    const options: RequestOptions = {
      method: request.method,
      headers: this.#headers(request),
      agent,
      signal: request.signal,
    };
    const outgoing = (secure ? https().request : httpRequest)(request.url, options);
    this.#limitTime(outgoing, request);
    const response = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve);
      outgoing.on('error', reject);
    });
    sendBody(outgoing, request.body);
    try {
      const incoming = await response;
      return { status: incoming.statusCode ?? 0, headers: incoming.headers, body: incoming };
    } catch (error) {
      if (request.signal?.aborted) throw request.signal.reason;
      throw explainNetworkError(error, request.url);
    }
  }

  /** Closes the idle connections. */
  close(): void {
    for (const agent of [this.#http, ...this.#https.values()]) agent.destroy();
  }

  /** A host with certificates of its own has an agent of its own. */
  #agentOf(host: string, verify: boolean): HttpsAgent {
    const { ca, ...own } = this.#options.hostTls?.(host) ?? {};
    const isOwn = ca !== undefined || own.cert !== undefined;
    const asksMachine = verify && this.#unknown.has(host);
    const name = `${isOwn || asksMachine ? host : ''} ${verify} ${asksMachine}`;
    const known = this.#https.get(name);
    if (known !== undefined) return known;
    const given = [this.#options.ca, ca].filter((pem) => pem !== undefined);
    const trusted = asksMachine ? [...given, ...machineAuthorities(host)] : given;
    const agent = newAgent({ rejectUnauthorized: verify, ...own }, trusted);
    this.#https.set(name, agent);
    return agent;
  }

  #headers(request: HttpRequest): Record<string, string> {
    const length =
      request.body instanceof Uint8Array
        ? { 'content-length': `${request.body.byteLength}` }
        : request.method === 'POST' || request.method === 'PUT'
          ? { 'content-length': '0' }
          : undefined;
    return { 'user-agent': this.#options.userAgent ?? 'slipway', ...length, ...request.headers };
  }

  #limitTime(outgoing: ClientRequest, { url, idleTimeoutMs: wanted = Infinity }: HttpRequest): void {
    const { connectTimeoutMs = 4000, idleTimeoutMs: limit = 60_000 } = this.#options;
    const idleTimeoutMs = Math.min(limit, wanted);
    outgoing.setTimeout(idleTimeoutMs, () => {
      outgoing.destroy(timeout(url, `was silent for ${idleTimeoutMs} ms`));
    });
    outgoing.once('socket', (socket) => {
      if (!socket.connecting) return;
      const stop = (): void =>
        void outgoing.destroy(timeout(url, `did not accept a connection within ${connectTimeoutMs} ms`));
      const timer = setTimeout(stop, connectTimeoutMs);
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => clearTimeout(timer));
      socket.once('close', () => clearTimeout(timer));
    });
  }
}

function isStream(body: HttpRequest['body']): boolean {
  return body !== undefined && !(body instanceof Uint8Array);
}

/** A server may answer before it has read the whole body: then its answer counts, and the rest is not sent. */
function sendBody(outgoing: ClientRequest, body: HttpRequest['body']): void {
  if (body === undefined || body instanceof Uint8Array) {
    outgoing.end(body);
    return;
  }
  body.once('error', (error) => outgoing.destroy(error));
  outgoing.once('response', (incoming) => {
    if (outgoing.writableFinished) return;
    body.destroy();
    // A connection in the middle of a request cannot be used again.
    incoming.once('close', () => outgoing.destroy());
  });
  outgoing.once('close', () => body.destroy());
  if (body instanceof ReadStream) sendFile(outgoing, body);
  else body.pipe(outgoing);
}

/** Nobody else has the pieces of a file: their memory is given back when they are sent. */
function sendFile(outgoing: ClientRequest, file: ReadStream): void {
  file.on('data', (piece) => {
    file.pause();
    outgoing.write(piece, (error) => {
      if (error) return;
      if (typeof piece !== 'string') freeMemory(piece);
      file.resume();
    });
  });
  file.once('end', () => outgoing.end());
}

/** The whole body, refused above `maxBytes` with RESPONSE_TOO_LARGE. */
export async function readBody(response: HttpResponse, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > maxBytes) {
      throw new SlipwayError(
        'invalid',
        'RESPONSE_TOO_LARGE',
        `the registry's answer is over ${maxBytes} bytes`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function timeout(url: URL, what: string): SlipwayError {
  return new SlipwayError('unavailable', 'REGISTRY_TIMEOUT', `${url.host} ${what}`);
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  ECONNRESET: 'broke the connection',
  EPIPE: 'broke the connection',
  ENOTFOUND: 'has no address (unknown host name)',
  EAI_AGAIN: 'has no address (name lookup failed)',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached',
  ETIMEDOUT: 'did not answer',
};

const NETWORK_HINTS: Readonly<Record<string, string | undefined>> = {
  ECONNREFUSED: 'does a registry listen on this port?',
  ENOTFOUND: 'is its name spelled right, and known where this runs?',
};

function explainNetworkError(error: unknown, url: URL): SlipwayError {
  if (error instanceof SlipwayError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (/CERT|SELF_SIGNED|UNABLE_TO_|ISSUER/.test(code)) {
    return new SlipwayError(
      'unavailable',
      'REGISTRY_CERTIFICATE',
      `the certificate of ${url.host} is not trusted (${code})`,
      {
        hint: `put its CA into /etc/docker/certs.d/${url.host}/ca.crt or this machine's store, or call the registry insecure if you must`,
        cause: error,
      },
    );
  }
  if (code === 'EPROTO' || /^ERR_SSL_/.test(code)) {
    const message = `${url.host} speaks no TLS that is understood here${isPlain(error) ? ': it answers in plain text, as HTTP does' : ''}`;
    const hint = 'allow plain HTTP for this registry (call it insecure), or give it a certificate';
    return new SlipwayError('unavailable', 'REGISTRY_NO_TLS', message, { hint, cause: error });
  }
  const reason = REASONS[code] ?? `could not be asked: ${error instanceof Error ? error.message : error}`;
  return new SlipwayError('unavailable', 'REGISTRY_UNAVAILABLE', `${url.host} ${reason}`, {
    hint: NETWORK_HINTS[code],
    cause: error,
  });
}

/** OpenSSL's words for an answer that does not begin like TLS. */
function isPlain(error: unknown): boolean {
  return error instanceof Error && /wrong version number|packet length too long/i.test(error.message);
}

/** An agent that trusts these authorities besides those that everybody does. */
function newAgent(options: AgentOptions, trusted: readonly (string | Buffer)[]): HttpsAgent {
  const { rootCertificates } = process.getBuiltinModule('node:tls');
  const ca = trusted.length > 0 ? { ca: [...rootCertificates, ...trusted] } : {};
  return new (https().Agent)({ keepAlive: true, ...options, ...ca });
}
