import { SlipwayError } from '@slipway/core';
import { parseServiceAccountUsername } from '@slipway/kube';
import { REGISTRY_NAMES, REGISTRY_SERVICE_PORT } from './addresses.ts';

/** Audiences of tokens that are for the registry alone, and no good at the Kubernetes API. */
const REGISTRY_AUDIENCES: readonly string[] = REGISTRY_NAMES.flatMap((name) => [
  name,
  `${name}:${REGISTRY_SERVICE_PORT}`,
]);

/** What a ServiceAccount's token says of itself. Nobody has verified it: good for a message, for nothing else. */
interface TokenClaims {
  readonly audiences: readonly string[];
  readonly expires: Date | undefined;
  readonly account: { readonly namespace: string; readonly name: string } | undefined;
}

/** The audience to verify a token for: the registry's where the token names it, else the Kubernetes API's. */
export function audienceOf(token: string): string | undefined {
  const audiences = readClaims(token)?.audiences ?? [];
  return REGISTRY_AUDIENCES.find((audience) => audiences.includes(audience));
}

/** Why a token is refused, and what to do. The token itself is in no message. */
export function tokenRefused(token: string, now: Date): SlipwayError {
  const claims = readClaims(token);
  if (claims === undefined) {
    return refused('the password is not a token of this control plane', createToken(undefined));
  }
  const { expires, audiences, account } = claims;
  const whose = account ? `the token of serviceaccount ${account.namespace}/${account.name}` : 'the token';
  if (expires !== undefined && expires <= now) {
    return refused(`${whose} expired at ${expires.toISOString()}`, createToken(account));
  }
  const foreign = audiences.length > 0 && !audiences.some((each) => /^https:\/\/kubernetes\./.test(each));
  if (foreign && audienceOf(token) === undefined) {
    const for_ = audiences.map(excerpt).join(', ');
    return refused(
      `${whose} is for the audience ${for_}, not for this registry`,
      `${createToken(account)}, without --audience or with --audience=${REGISTRY_NAMES[0]}`,
    );
  }
  return refused(
    `${whose} is not valid: its ServiceAccount, Secret or Pod was deleted, or another control plane issued it`,
    createToken(account),
  );
}

function refused(message: string, hint: string): SlipwayError {
  return new SlipwayError('unauthenticated', 'TOKEN_INVALID', message, { hint });
}

function createToken(account: TokenClaims['account']): string {
  if (account === undefined)
    return 'use any user name, and as password a token: kubectl create token <serviceaccount> -n <namespace>';
  return `get a new one: kubectl create token ${account.name} -n ${account.namespace}`;
}

/** The claims of a JSON Web Token; undefined when the text is none. */
function readClaims(token: string): TokenClaims | undefined {
  const payload = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(token)?.[1];
  if (payload === undefined) return undefined;
  try {
    const { aud, exp, sub } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return {
      audiences: [aud ?? []].flat().map(String),
      expires: typeof exp === 'number' && exp < 1e11 ? new Date(exp * 1000) : undefined,
      account: parseServiceAccountUsername(String(sub)),
    };
  } catch {
    return undefined; // not JSON: no token
  }
}

/** Untrusted text for a message. */
function excerpt(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
