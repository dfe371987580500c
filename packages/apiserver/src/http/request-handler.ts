import type { IncomingMessage, ServerResponse } from 'node:http';
import { StatusError } from '@slipway/kube';
import { apiError } from '../api-error.ts';
import { ANONYMOUS, type UserInfo } from '../authn/user.ts';
import type { ServerContext } from '../context.ts';
import type { OpenApi } from '../discovery/openapi.ts';
import type { Exchange } from './exchange.ts';
import { impersonate } from './impersonation.ts';
import { negotiate } from './negotiation.ts';
import { handlePath } from './path-handler.ts';
import { parseResourcePath } from './request-path.ts';
import { handleResource } from './resource-handler.ts';
import { sendError } from './respond.ts';

/** Answers one HTTP request: authenticates it, finds out what it wants, and never lets a failure escape. */
export async function handleRequest(
  context: ServerContext,
  openApi: OpenApi,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  try {
    const url = parseUrl(request.url ?? '/');
    const user = impersonate(context, await authenticate(context, request), request.headers);
    const exchange: Exchange = {
      request,
      response,
      url,
      user,
      accepted: negotiate(request.headers.accept),
      signal: gone.signal,
    };
    const path = parseResourcePath(url.pathname);
    if (path === undefined) handlePath(context, openApi, exchange);
    else await handleResource(context, exchange, path);
  } catch (error) {
    if (gone.signal.aborted) return;
    const { code, message } = apiError(error).status;
    if (code >= 500) {
      const { method, url } = request;
      context.logger.error('a request failed', { method, path: url?.split('?', 1)[0], code, error: message });
      context.logger.debug('its stack', { stack: error instanceof Error ? error.stack : undefined });
    }
    sendError(response, error);
  }
}

/** Never by resolving it against a base: `//host/path` would be another host's. */
function parseUrl(target: string): URL {
  const url = target.startsWith('/') ? URL.parse(`https://kubernetes${target}`) : null;
  if (url === null) throw StatusError.badRequest('the URL of the request is not a path');
  return url;
}

async function authenticate({ authenticator }: ServerContext, request: IncomingMessage): Promise<UserInfo> {
  const { authorization } = request.headers;
  if (authorization === undefined) return ANONYMOUS;
  const [, token] = /^Bearer\s+(\S+)\s*$/i.exec(authorization) ?? [];
  const verified = token === undefined ? undefined : await authenticator.authenticate(token);
  if (verified === undefined) throw StatusError.unauthorized();
  const { user } = verified;
  if (user.groups.includes('system:authenticated')) return user;
  return { ...user, groups: [...user.groups, 'system:authenticated'] };
}
