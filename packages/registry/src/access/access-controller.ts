/** Who a request comes from, as an AccessController found out. */
export interface Identity {
  /** For messages: `serviceaccount system:serviceaccount:other:builder`, `user anna`, `anonymous`. */
  readonly name: string;
  readonly anonymous: boolean;
}

export type RegistryAction = 'pull' | 'push' | 'delete' | 'catalog';

export interface AccessRequest {
  /** The empty string for the action `catalog`, which concerns them all. */
  readonly repository: string;
  readonly action: RegistryAction;
}

export interface AccessDecision {
  readonly allowed: boolean;
  /** For the refused: which user was seen, which permission is missing, and how to grant it. */
  readonly reason: string;
}

export interface Credentials {
  /** The Authorization header. */
  readonly authorization?: string | undefined;
  readonly remoteAddress: string;
}

/** Decides who may do what. The daemon implements it with ServiceAccount tokens and RBAC. */
export interface AccessController {
  /**
   * How a client is told to log in: `bearer` sends it to the token endpoint, which hands the password back as the
   * token (so passwords must be tokens), `basic` asks for user and password, `none` lets everybody in.
   */
  readonly challenge: 'bearer' | 'basic' | 'none';
  /** The caller; anonymous without credentials. Throws kind `unauthenticated` when the credentials are wrong. */
  authenticate(credentials: Credentials): Promise<Identity>;
  authorize(identity: Identity, request: AccessRequest): Promise<AccessDecision>;
}

export const ANONYMOUS: Identity = { name: 'anonymous', anonymous: true };
