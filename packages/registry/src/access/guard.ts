import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { SlipwayError } from '@slipway/core';
import { RegistryError } from '../registry-error.ts';
import { isMirrorRepository } from '../repository-name.ts';
import { type AccessController, type AccessRequest, ANONYMOUS, type Identity } from './access-controller.ts';

/** What the token endpoint gives to a client without credentials, as OpenShift's registry does. */
export const ANONYMOUS_TOKEN = 'anonymous';

/** Stands in front of the handlers: turns a request's credentials into an Identity and refuses with a 401 or 403. */
export class Guard {
  readonly #access: AccessController;

  constructor(access: AccessController) {
    this.#access = access;
  }

  /** Who the request comes from. Throws UNAUTHORIZED with the challenge when the credentials are wrong. */
  async identify(request: IncomingMessage): Promise<Identity> {
    const authorization = request.headers.authorization;
    if (authorization === `Bearer ${ANONYMOUS_TOKEN}`) return ANONYMOUS;
    const remoteAddress = request.socket.remoteAddress ?? '';
    try {
      return await this.#access.authenticate({ authorization, remoteAddress });
    } catch (error) {
      if (error instanceof SlipwayError && error.kind === 'unauthenticated') {
        const message = error.hint === undefined ? error.message : `${error.message}; ${error.hint}`;
        throw this.#unauthorized(request, message, undefined);
      }
      throw error;
    }
  }

  /** Lets the identity do that, or throws DENIED (403) for a known caller and UNAUTHORIZED (401) for an anonymous one. */
  async require(request: IncomingMessage, identity: Identity, wanted: AccessRequest): Promise<void> {
    const decision = await this.decide(identity, wanted);
    if (decision.allowed) return;
    if (identity.anonymous && this.#access.challenge !== 'none') {
      throw this.#unauthorized(request, decision.reason, wanted);
    }
    throw new RegistryError('DENIED', decision.reason);
  }

  async decide(identity: Identity, wanted: AccessRequest): Promise<{ allowed: boolean; reason: string }> {
    // What a mirror holds is public: it came from another registry and anybody here may read it.
    if (wanted.action === 'pull' && isMirrorRepository(wanted.repository)) {
      return { allowed: true, reason: 'a mirror is readable by all' };
    }
    return this.#access.authorize(identity, wanted);
  }

  /** For `GET /v2/`, which clients use to learn how to log in and `docker login` to try a password. */
  async requireLogin(request: IncomingMessage): Promise<void> {
    await this.identify(request);
    if (this.#access.challenge === 'none' || request.headers.authorization !== undefined) return;
    throw this.#unauthorized(request, 'log in to use this registry', undefined);
  }

  #unauthorized(request: IncomingMessage, message: string, wanted: AccessRequest | undefined): RegistryError {
    return new RegistryError('UNAUTHORIZED', message, {
      headers: { 'WWW-Authenticate': this.#challenge(request, wanted) },
    });
  }

  #challenge(request: IncomingMessage, wanted: AccessRequest | undefined): string {
    if (this.#access.challenge !== 'bearer') return 'Basic realm="slipway registry"';
    const scheme = (request.socket as Partial<TLSSocket>).encrypted === true ? 'https' : 'http';
    const host = hostOf(request);
    const scope = wanted === undefined ? '' : `,scope="${scopeOf(wanted)}"`;
    return `Bearer realm="${scheme}://${host}/openshift/token",service="${host}"${scope}`;
  }
}

// distribution-spec's token scopes: https://distribution.github.io/distribution/spec/auth/scope/
function scopeOf({ repository, action }: AccessRequest): string {
  if (action === 'catalog') return 'registry:catalog:*';
  return `repository:${repository}:${action === 'push' ? 'pull,push' : action}`;
}

/** The name by which the client reached us, for URLs that it must be able to open; never quotes what is not a host. */
function hostOf(request: IncomingMessage): string {
  const host = request.headers.host ?? '';
  if (/^[a-zA-Z0-9.-]+(:\d{1,5})?$|^\[[0-9a-fA-F:.]+\](:\d{1,5})?$/.test(host)) return host;
  return `localhost:${request.socket.localPort ?? 0}`;
}
