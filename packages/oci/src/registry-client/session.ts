import { type Clock, retry, SlipwayError } from '@slipway/core';
import type { AuthContext, Authenticator } from './authenticator.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import { type EndpointCandidate, endpointCandidates } from './endpoint.ts';
import { RegistryRefusal, registryError } from './registry-error.ts';
import type { HttpRequest, HttpResponse, HttpTransport } from './transport.ts';
import type { UploadHabits } from './upload.ts';

/** A request to a registry's API; `path` is relative to its base, or absolute as a Location header may be. */
export interface ApiRequest extends Omit<HttpRequest, 'url' | 'verify' | 'body'> {
  readonly path: string;
  readonly scopes: readonly string[];
  /** Statuses that the caller handles; any other is thrown as a SlipwayError. */
  readonly accept: readonly number[];
  /** Called for each try, so that a stream can be sent again. */
  readonly body?: (() => HttpRequest['body'] | Promise<HttpRequest['body']>) | undefined;
  /** Whether the request may be sent again after a failure. Default: all but POST and PATCH. */
  readonly repeatable?: boolean;
}

export interface ApiResponse extends HttpResponse {
  /** Where the answer came from, for relative Location headers. */
  readonly url: URL;
}

interface Endpoint extends EndpointCandidate {
  readonly challenges: readonly Challenge[];
}

const TRIES = 4;
const UNREACHABLE_TRIES = 2;
/** A registry that wants us to wait for longer has a limit that a build does not outlast. */
const LONGEST_WAIT_MS = 60_000;
const MAX_REDIRECTS = 5;
/** A registry that does not even greet within this time is as good as unreachable. */
const GREETING_MS = 4500;

/** The conversation with one registry: finds its endpoint once, authenticates, retries and follows redirects. */
export class RegistrySession {
  readonly #registry: string;
  readonly #insecure: boolean;
  readonly #transport: HttpTransport;
  readonly #authenticator: Authenticator;
  readonly #clock: Clock;
  #endpoint: Promise<Endpoint> | undefined;
  readonly habits: UploadHabits = { unmountable: new Set(), takesWhole: true };

  constructor(o: {
    registry: string;
    insecure: boolean;
    transport: HttpTransport;
    authenticator: Authenticator;
    clock: Clock;
  }) {
    this.#registry = o.registry;
    this.#insecure = o.insecure;
    this.#transport = o.transport;
    this.#authenticator = o.authenticator;
    this.#clock = o.clock;
  }

  /** Sends a request; failures that may pass are tried again. */
  async call(request: ApiRequest): Promise<ApiResponse> {
    const repeatable = request.repeatable ?? (request.method !== 'POST' && request.method !== 'PATCH');
    const endpoint = await this.#connect(request.signal);
    return retry(() => this.#authenticated(endpoint, request), {
      tries: repeatable ? TRIES : 1,
      initialMs: 200,
      maxMs: 3000,
      retryable: mayBeTried,
      atLeastMs: askedWaitMs,
      clock: this.#clock,
      signal: request.signal,
    });
  }

  /** Finds the endpoint; a failure is forgotten, so that the next call looks again. */
  #connect(signal: AbortSignal | undefined): Promise<Endpoint> {
    let unreachable = 0;
    const unanswered = (error: unknown): boolean => !(error instanceof RegistryRefusal);
    this.#endpoint ??= retry(() => this.#discover(), {
      tries: TRIES,
      initialMs: 300,
      retryable: (error) => mayBeTried(error) && (!unanswered(error) || ++unreachable < UNREACHABLE_TRIES),
      atLeastMs: askedWaitMs,
      clock: this.#clock,
    }).catch((error) => {
      this.#endpoint = undefined;
      throw error;
    });
    this.#endpoint.catch(() => {}); // whoever asked may have been aborted meanwhile
    return unlessAborted(this.#endpoint, signal);
  }

  async #discover(): Promise<Endpoint> {
    const candidates = endpointCandidates(this.#registry, this.#insecure);
    let failure: unknown;
    for (const candidate of candidates) {
      try {
        return await this.#probe(candidate);
      } catch (error) {
        if (failure === undefined || telling(error) > telling(failure)) failure = error;
      }
    }
    throw failure;
  }

  async #probe(candidate: EndpointCandidate): Promise<Endpoint> {
    const request = { method: 'GET', url: new URL('v2/', candidate.base) } as const;
    const response = await this.#transport.send({
      ...request,
      verify: candidate.verify,
      idleTimeoutMs: GREETING_MS,
    });
    const header = response.headers['www-authenticate'];
    if (response.status !== 200 && !(response.status === 401 && header !== undefined)) {
      throw await registryError(response, request, this.#registry);
    }
    response.body.resume();
    return { ...candidate, challenges: header === undefined ? [] : parseChallenges(header) };
  }

  async #authenticated(endpoint: Endpoint, request: ApiRequest): Promise<ApiResponse> {
    const context = this.#context(endpoint);
    const first = await this.#send(endpoint, request, context);
    if (first.status !== 401 || request.accept.includes(401)) return this.#accepted(first, request);
    // The token may have expired or lack a scope that only this answer names.
    this.#authenticator.forget(context, request.scopes);
    const challenges = parseChallenges(first.headers['www-authenticate'] ?? '');
    const canRetry =
      challenges.length > 0 &&
      (await this.#authenticator.authorization({ ...context, challenges }, request.scopes));
    if (!canRetry) return this.#accepted(first, request);
    first.body.resume();
    return this.#accepted(await this.#send(endpoint, request, { ...context, challenges }), request);
  }

  #context(endpoint: Endpoint): AuthContext {
    return {
      registry: this.#registry,
      challenges: endpoint.challenges,
      verify: endpoint.verify,
      insecure: this.#insecure,
    };
  }

  async #accepted(response: ApiResponse, request: ApiRequest): Promise<ApiResponse> {
    if (request.accept.includes(response.status)) return response;
    const asked = { method: request.method, url: response.url };
    throw await this.#authenticator.refusal(response, asked, this.#registry);
  }

  async #send(endpoint: Endpoint, request: ApiRequest, context: AuthContext): Promise<ApiResponse> {
    const authorization = await this.#authenticator.authorization(context, request.scopes);
    let url = new URL(request.path, endpoint.base);
    for (let hops = 0; ; hops++) {
      const headers: Record<string, string> = { ...request.headers };
      // Credentials stay with the registry; a storage host gets its own in the URL.
      if (authorization !== undefined && url.host === endpoint.base.host)
        headers.authorization = authorization;
      const body = await request.body?.();
      const { method, signal } = request;
      const response = await this.#transport.send({
        method,
        url,
        headers,
        body,
        signal,
        verify: endpoint.verify,
      });
      const target = redirectTarget(response, url, request);
      if (target === undefined) return { ...response, url };
      response.body.resume();
      if (
        hops === MAX_REDIRECTS ||
        (url.protocol === 'https:' && target.protocol !== 'https:' && !this.#insecure)
      ) {
        const message = `registry ${this.#registry} redirects ${hops === MAX_REDIRECTS ? 'too often' : 'to plain HTTP'}`;
        throw new SlipwayError('invalid', 'REGISTRY_REDIRECT', message);
      }
      url = target;
    }
  }
}

/** How much a failed attempt says: any answer says more than a certificate, and that more than no connection. */
function telling(error: unknown): number {
  if (!(error instanceof SlipwayError) || error.kind !== 'unavailable' || error instanceof RegistryRefusal)
    return 2;
  return isAboutTls(error) ? 1 : 0;
}

function redirectTarget(response: HttpResponse, from: URL, request: ApiRequest): URL | undefined {
  const { location } = response.headers;
  const follows = request.method === 'GET' || request.method === 'HEAD';
  if (!follows || location === undefined || ![301, 302, 303, 307, 308].includes(response.status))
    return undefined;
  const target = URL.parse(location, from.href);
  return target && /^https?:$/.test(target.protocol) ? target : undefined;
}

/** Whether the failure may pass, within a time that is worth waiting for. */
function mayBeTried(error: unknown): boolean {
  const passes = error instanceof SlipwayError && error.kind === 'unavailable' && !isAboutTls(error);
  return passes && askedWaitMs(error) <= LONGEST_WAIT_MS;
}

/** How long a registry wants us to wait before the next try; 0 where it says nothing. */
function askedWaitMs(error: unknown): number {
  return error instanceof RegistryRefusal ? (error.retryAfterMs ?? 0) : 0;
}

const isAboutTls = ({ code }: SlipwayError): boolean =>
  code === 'REGISTRY_CERTIFICATE' || code === 'REGISTRY_NO_TLS';

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  if (signal.aborted) return Promise.reject(signal.reason);
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  return promise;
}
