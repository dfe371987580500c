import { type ErrorDetails, type ErrorKind, SlipwayError } from '@slipway/core';
import type { CredentialSource } from '../credentials/credential-source.ts';
import { isObject, parseJsonObject } from '../json-shape.ts';
import { type HttpRequest, type HttpResponse, readBody } from './transport.ts';

const KINDS: Readonly<Record<number, readonly [ErrorKind, string]>> = {
  401: ['unauthenticated', 'REGISTRY_UNAUTHENTICATED'],
  403: ['denied', 'REGISTRY_DENIED'],
  404: ['not-found', 'REGISTRY_NOT_FOUND'],
  405: ['unsupported', 'REGISTRY_UNSUPPORTED'],
  408: ['unavailable', 'REGISTRY_TIMEOUT'],
  409: ['conflict', 'REGISTRY_CONFLICT'],
  413: ['exhausted', 'REGISTRY_FULL'],
  416: ['invalid', 'REGISTRY_RANGE'],
  429: ['unavailable', 'REGISTRY_RATE_LIMIT'],
  507: ['exhausted', 'REGISTRY_FULL'],
};
const MAX_ERROR_BODY = 64 * 1024;

/** A refusal by a registry that says when to ask again (RFC 9110, Retry-After). */
export class RegistryRefusal extends SlipwayError {
  readonly retryAfterMs: number | undefined;

  constructor(kind: ErrorKind, code: string, message: string, details: ErrorDetails, retryAfterMs?: number) {
    super(kind, code, message, details);
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * A refusal as an error: what was asked, the status, the registry's own words (distribution-spec, "Error Codes"), and where the
 * credentials came from.
 */
export async function registryError(
  response: HttpResponse,
  request: Pick<HttpRequest, 'method' | 'url'>,
  registry: string,
  credentials?: CredentialSource | undefined,
): Promise<SlipwayError> {
  const said = await ownWords(response);
  const { status } = response;
  const [kind, code] =
    KINDS[status] ?? (status >= 500 ? ['unavailable', 'REGISTRY_FAILED'] : ['invalid', 'REGISTRY_REFUSED']);
  const words = said === '' ? '' : `: ${said}`;
  const message = `registry ${registry} answered ${status} to ${request.method} ${request.url.pathname}${words}`;
  const retryAfterMs = retryAfter(response.headers['retry-after']);
  const hint =
    status === 401 || status === 403
      ? await accessHint(status, registry, credentials)
      : status === 429
        ? `the registry limits how often you may ask; log in, or wait${waitText(retryAfterMs)}`
        : undefined;
  return new RegistryRefusal(kind, code, message, { hint }, retryAfterMs);
}

/** Milliseconds; undefined where the header is missing or means nothing. */
function retryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

function waitText(ms: number | undefined): string {
  return ms === undefined ? '' : ` ${Math.ceil(ms / 1000)} s`;
}

/** Whose credentials they were: what the registry knows of them is in its own words. */
async function accessHint(
  status: 401 | 403,
  registry: string,
  credentials: CredentialSource | undefined,
): Promise<string | undefined> {
  const looked = await credentials?.explain?.(registry).catch(() => undefined); // the refusal is what matters
  const isAnonymous = (await credentials?.get(registry).catch(() => undefined)) === undefined;
  const sent = isAnonymous ? 'no credentials were sent' : 'credentials were sent';
  const told = looked === undefined ? [] : [`${sent}: ${looked}`];
  if (status === 401 || isAnonymous)
    told.push(`log in to ${registry} (docker login), or give credentials in docker's config.json`);
  return told.length === 0 ? undefined : told.join('; ');
}

async function ownWords(response: HttpResponse): Promise<string> {
  const body = await readBody(response, MAX_ERROR_BODY).catch(() => Buffer.alloc(0)); // the status says enough
  try {
    const { errors } = parseJsonObject(body, 'REGISTRY_ERROR', 'the error');
    return (Array.isArray(errors) ? errors : []).filter(isObject).map(formatRegistryError).join('; ');
  } catch {
    return /^text\/plain/.test(response.headers['content-type'] ?? '')
      ? body.toString('utf8', 0, 300).trim()
      : '';
  }
}

function formatRegistryError(error: Readonly<Record<string, unknown>>): string {
  const detail =
    typeof error.detail === 'string' && error.detail !== error.message ? error.detail : undefined;
  return [error.code, error.message, detail]
    .filter((part) => typeof part === 'string' && part !== '')
    .join(': ');
}
