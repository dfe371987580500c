import { SlipwayError } from '@slipway/core';
import type { CredentialSource, Credentials } from '../credentials/credential-source.ts';
import { parseJsonObject } from '../json-shape.ts';
import type { Challenge } from './challenge.ts';
import { isLoopback } from './endpoint.ts';
import { registryError } from './registry-error.ts';
import { type HttpRequest, type HttpResponse, type HttpTransport, readBody } from './transport.ts';

/** A registry's way of asking who we are, and whether its connection is trusted. */
export interface AuthContext {
  readonly registry: string;
  readonly challenges: readonly Challenge[];
  /** Whether its certificate is checked. */
  readonly verify: boolean;
  /** Whether the user allowed plain HTTP and unverified TLS for it. */
  readonly insecure: boolean;
}

interface Token {
  readonly value: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

/** The distribution token specification's default when the server does not say how long a token lives. */
const DEFAULT_LIFETIME_S = 60;
const MAX_TOKEN_ANSWER = 1 << 20;

/** Makes Authorization headers: Basic, or Bearer with tokens kept by scope until shortly before they expire. */
export class Authenticator {
  readonly #transport: HttpTransport;
  readonly #credentials: CredentialSource | undefined;
  readonly #tokens = new Map<string, Promise<Token>>();

  constructor(transport: HttpTransport, credentials: CredentialSource | undefined) {
    this.#transport = transport;
    this.#credentials = credentials;
  }

  /** The header's value for requests of these scopes; undefined to stay anonymous. */
  async authorization(context: AuthContext, scopes: readonly string[]): Promise<string | undefined> {
    const bearer = context.challenges.find(({ scheme }) => scheme === 'bearer');
    if (bearer) return `Bearer ${(await this.#token(context, bearer, scopes)).value}`;
    if (!context.challenges.some(({ scheme }) => scheme === 'basic')) return undefined;
    const credentials = await this.#credentials?.get(context.registry);
    return credentials && basic(credentials);
  }

  /** A refusal as an error that says where the credentials came from. */
  async refusal(
    response: HttpResponse,
    request: Pick<HttpRequest, 'method' | 'url'>,
    registry: string,
  ): Promise<SlipwayError> {
    return await registryError(response, request, registry, this.#credentials);
  }

  /** Forgets a token that the registry refused. */
  forget(context: AuthContext, scopes: readonly string[]): void {
    this.#tokens.delete(tokenKey(context, scopes));
  }

  async #token(context: AuthContext, challenge: Challenge, scopes: readonly string[]): Promise<Token> {
    const key = tokenKey(context, scopes);
    const kept = await this.#tokens.get(key)?.catch(() => undefined);
    if (kept && kept.expires > Date.now()) return kept;
    const fetched = this.#fetchToken(context, challenge, scopes);
    this.#tokens.set(key, fetched);
    fetched.catch(() => this.#tokens.delete(key));
    return fetched;
  }

  async #fetchToken(context: AuthContext, challenge: Challenge, scopes: readonly string[]): Promise<Token> {
    const credentials = await this.#credentials?.get(context.registry);
    const request = tokenRequest(realmOf(context, challenge), challenge, scopes, credentials);
    const response = await this.#transport.send({ ...request, verify: context.verify });
    if (response.status !== 200) throw await this.refusal(response, request, context.registry);
    const answer = parseJsonObject(
      await readBody(response, MAX_TOKEN_ANSWER),
      'REGISTRY_TOKEN',
      'the token answer',
    );
    const value = answer.token || answer.access_token;
    if (typeof value !== 'string') {
      throw new SlipwayError(
        'unauthenticated',
        'REGISTRY_TOKEN',
        `${request.url.host} answered without a token`,
      );
    }
    const lifetime = typeof answer.expires_in === 'number' ? answer.expires_in : DEFAULT_LIFETIME_S;
    return { value, expires: Date.now() + Math.max(5, lifetime - 10) * 1000 };
  }
}

function tokenKey(context: AuthContext, scopes: readonly string[]): string {
  return [context.registry, ...[...scopes].sort()].join(' ');
}

/** A password must not travel in clear because a registry's answer says so. */
function realmOf(context: AuthContext, challenge: Challenge): URL {
  const realm = URL.parse(challenge.parameters.realm ?? '');
  const clear = realm?.protocol === 'http:' && !context.insecure && !isLoopback(realm.host);
  if (realm && !clear && /^https?:$/.test(realm.protocol)) return realm;
  const message = `${context.registry} asks to log in at "${challenge.parameters.realm ?? ''}", which is not an HTTPS address`;
  throw new SlipwayError('unauthenticated', 'REGISTRY_TOKEN', message);
}

function tokenRequest(
  realm: URL,
  challenge: Challenge,
  scopes: readonly string[],
  credentials: Credentials | undefined,
): HttpRequest {
  const url = new URL(realm);
  const service = challenge.parameters.service;
  if (credentials && 'identityToken' in credentials) {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: 'slipway',
      refresh_token: credentials.identityToken,
      scope: scopes.join(' '),
      ...(service === undefined ? {} : { service }),
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return { method: 'POST', url, headers, body: Buffer.from(form.toString()) };
  }
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  return { method: 'GET', url, headers: credentials ? { authorization: basic(credentials) } : {} };
}

function basic(credentials: Credentials): string {
  // An identity token without a token service is offered as docker does it.
  const pair =
    'identityToken' in credentials
      ? `<token>:${credentials.identityToken}`
      : `${credentials.username}:${credentials.password}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}
