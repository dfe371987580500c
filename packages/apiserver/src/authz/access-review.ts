import type { UserInfo } from '../authn/user.ts';

/** A question to authorization: may this user do this? */
export interface AccessReview {
  readonly user: UserInfo;
  /** `get`, `list`, `create`, …; for paths the HTTP method in lower case. */
  readonly verb: string;
  /** Empty for the core group. */
  readonly group?: string;
  /** Plural, `pods`; absent when `path` is asked about. */
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** A URL path outside the resources, `/version`. */
  readonly path?: string;
}

export interface AccessDecision {
  readonly allowed: boolean;
  /** Which binding allowed it; empty when nothing did. */
  readonly reason: string;
}
