import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccessController } from '../access/access-controller.ts';
import { parseAuthorization } from '../access/authorization-header.ts';
import { ANONYMOUS_TOKEN } from '../access/guard.ts';
import { readBody } from '../http/read-body.ts';
import { sendJson } from '../http/respond.ts';
import { RegistryError } from '../registry-error.ts';

/** Seconds after which a client asks again; the token itself lives as long as it was made to. */
const EXPIRES_IN = 300;
const MAX_FORM = 64 * 1024;

/**
 * The token endpoint of the Bearer flow, as OpenShift's registry has it (`/openshift/token`): user and password come in,
 * and the password, which is a token already, goes out. GET with Basic credentials, or POST of an OAuth2 password grant.
 */
export async function issueToken(
  access: AccessController,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (access.challenge !== 'bearer') {
    throw new RegistryError('UNSUPPORTED', 'this registry issues no tokens', { status: 404 });
  }
  const token = request.method === 'POST' ? await tokenOfForm(request) : tokenOfHeader(request);
  if (token !== ANONYMOUS_TOKEN) {
    const remoteAddress = request.socket.remoteAddress ?? '';
    await access.authenticate({ authorization: `Bearer ${token}`, remoteAddress });
  }
  const issued_at = new Date().toISOString();
  sendJson(
    response,
    200,
    { token, access_token: token, expires_in: EXPIRES_IN, issued_at },
    { 'Cache-Control': 'no-store' },
  );
}

function tokenOfHeader(request: IncomingMessage): string {
  const header = request.headers.authorization;
  if (header === undefined) return ANONYMOUS_TOKEN;
  const authorization = parseAuthorization(header);
  if (authorization?.scheme === 'basic') return checkToken(authorization.password);
  throw new RegistryError(
    'UNAUTHORIZED',
    'the token endpoint takes Basic credentials: any user, a token as password',
    {
      headers: { 'WWW-Authenticate': 'Basic realm="slipway registry"' },
    },
  );
}

async function tokenOfForm(request: IncomingMessage): Promise<string> {
  const form = new URLSearchParams((await readBody(request, MAX_FORM)).toString('utf8'));
  const secret =
    form.get('grant_type') === 'refresh_token' ? form.get('refresh_token') : form.get('password');
  return secret === null ? tokenOfHeader(request) : checkToken(secret);
}

/** A token travels in a header: what cannot stand there is no token. */
function checkToken(text: string): string {
  if (/^[\x21-\x7e]+$/.test(text) && text !== ANONYMOUS_TOKEN) return text;
  throw new RegistryError('UNAUTHORIZED', 'the password is not a token', {
    hint: 'use the token of a ServiceAccount: kubectl create token <name> -n <namespace>',
  });
}
