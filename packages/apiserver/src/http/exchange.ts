import type { IncomingMessage, ServerResponse } from 'node:http';
import type { UserInfo } from '../authn/user.ts';
import type { Accepted } from './negotiation.ts';

/** One HTTP request that is being answered, with what was found out about it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly user: UserInfo;
  readonly accepted: Accepted;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}
