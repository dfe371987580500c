import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { SlipwayError } from '@slipway/core';

/** How to reach an API server. */
export interface HttpKubeClientOptions {
  /** `https://host:port`, with a path prefix if there is one. */
  readonly server: string;
  /** PEM of the authority that signed the server's certificate; default the system's. */
  readonly ca?: string | undefined;
  readonly token?: string | (() => Promise<string>) | undefined;
  readonly clientCert?: { readonly cert: string; readonly key: string } | undefined;
  /** Accept any certificate. */
  readonly insecure?: boolean | undefined;
  readonly userAgent?: string | undefined;
  /** How long the server may take to begin its answer, in milliseconds; default 60,000. Watches and logs go on for longer. */
  readonly timeoutMs?: number | undefined;
}

/** One request. */
export interface RequestOptions {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  readonly body?: unknown;
  readonly contentType?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_TIMEOUT_MS = 60_000;

/** Sends requests to one API server over connections that are kept open. */
export class Connection {
  readonly #options: HttpKubeClientOptions;
  readonly #base: URL;
  readonly #agent: HttpAgent | HttpsAgent;

  constructor(options: HttpKubeClientOptions) {
    this.#options = options;
    this.#base = new URL(options.server);
    const { ca, clientCert, insecure } = options;
    this.#agent =
      this.#base.protocol === 'http:'
        ? new HttpAgent({ keepAlive: true })
        : new HttpsAgent({
            keepAlive: true,
            rejectUnauthorized: insecure !== true,
            ...(ca === undefined ? {} : { ca }),
            ...clientCert,
          });
  }

  /** The server's answer, whatever its status; throws KUBE_UNREACHABLE when there is none. */
  async send(options: RequestOptions): Promise<IncomingMessage> {
    const body = options.body === undefined ? undefined : JSON.stringify(options.body);
    const headers = await this.#headers(options.contentType, body);
    try {
      return await this.#exchange(options, headers, body);
    } catch (error) {
      options.signal?.throwIfAborted();
      // A kept connection may have been closed by the server just now; a read is safe to send again.
      const stale = (error as NodeJS.ErrnoException).code === 'ECONNRESET' && options.method === 'GET';
      if (!stale) throw this.unreachable(error);
      return await this.#exchange(options, headers, body).catch((again: unknown) => {
        throw this.unreachable(again);
      });
    }
  }

  /** Closes the idle connections. */
  close(): void {
    this.#agent.destroy();
  }

  async #headers(
    contentType: string | undefined,
    body: string | undefined,
  ): Promise<Record<string, string | number>> {
    const { token, userAgent = 'slipway' } = this.#options;
    const bearer = typeof token === 'function' ? await token() : token;
    return {
      accept: 'application/json',
      'user-agent': userAgent,
      ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
      // Node sends the body of a DELETE without a length unless it is told one.
      ...(body === undefined
        ? {}
        : { 'content-type': contentType ?? 'application/json', 'content-length': Buffer.byteLength(body) }),
    };
  }

  #url({ path, query = {} }: RequestOptions): URL {
    const url = new URL(this.#base);
    url.pathname = this.#base.pathname.replace(/\/$/, '') + path;
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== '') url.searchParams.set(name, String(value));
    }
    return url;
  }

  #exchange(
    options: RequestOptions,
    headers: Record<string, string | number>,
    body: string | undefined,
  ): Promise<IncomingMessage> {
    const { method, signal } = options;
    const send = this.#base.protocol === 'http:' ? httpRequest : httpsRequest;
    const { timeoutMs = DEFAULT_TIMEOUT_MS } = this.#options;
    return new Promise((resolve, reject) => {
      const request = send(this.#url(options), {
        method,
        headers,
        agent: this.#agent,
        ...(signal ? { signal } : {}),
      });
      const timer = setTimeout(
        () =>
          request.destroy(Object.assign(new Error(`no answer in ${timeoutMs} ms`), { code: 'ETIMEDOUT' })),
        timeoutMs,
      );
      request.on('response', (response) => {
        clearTimeout(timer);
        resolve(response);
      });
      request.on('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      request.end(body);
    });
  }

  /** The failure as one that says which server did not answer. */
  unreachable(cause: unknown): SlipwayError {
    const { code = '', message = String(cause) } = cause as { code?: string; message?: string };
    const untrusted = /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS/.test(code);
    const why = untrusted ? `its certificate is not trusted (${message})` : message || code;
    return new SlipwayError(
      code === 'ETIMEDOUT' ? 'timeout' : 'unavailable',
      'KUBE_UNREACHABLE',
      `the Kubernetes API at ${this.#base.origin} does not answer: ${why}`,
      {
        cause,
        hint: untrusted
          ? 'the kubeconfig may be from another control plane'
          : 'is the control plane running? slipway status tells, slipway up starts one',
      },
    );
  }
}
