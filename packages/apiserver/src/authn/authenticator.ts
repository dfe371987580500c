import { createHash } from 'node:crypto';
import { ISSUER, type ServiceAccountTokens, type VerifiedToken } from './service-account-tokens.ts';
import type { UserInfo } from './user.ts';

/** A fixed credential, such as the one in the administrator's kubeconfig. */
export interface StaticToken {
  readonly token: string;
  readonly user: UserInfo;
}

/** Finds out whose a bearer token is: a fixed one, or a ServiceAccount's. */
export class Authenticator {
  // By digest: the table holds no usable credential, and a look-up takes no time that depends on the secret.
  readonly #static = new Map<string, UserInfo>();
  readonly #tokens: ServiceAccountTokens;

  constructor(tokens: ServiceAccountTokens, staticTokens: readonly StaticToken[]) {
    this.#tokens = tokens;
    for (const { token, user } of staticTokens) this.#static.set(digest(token), user);
  }

  /** The token's user and audiences, or undefined when it is not valid for any of `audiences` (default: this API). */
  async authenticate(
    token: string,
    audiences: readonly string[] = [ISSUER],
  ): Promise<VerifiedToken | undefined> {
    const user = this.#static.get(digest(token));
    if (user !== undefined) {
      return audiences.includes(ISSUER) ? { user, audiences: [ISSUER] } : undefined;
    }
    return await this.#tokens.verify(token, audiences);
  }
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
