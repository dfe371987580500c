import { StatusError } from '@slipway/kube';
import { ISSUER } from '../authn/service-account-tokens.ts';
import { requirePathAccess } from '../authz/require-access.ts';
import type { ServerContext } from '../context.ts';
import { groupDiscoveryList } from '../discovery/aggregated.ts';
import { apiGroup, apiGroupList, apiVersions } from '../discovery/groups.ts';
import type { OpenApi } from '../discovery/openapi.ts';
import { OPENAPI_V2_CONTENT_TYPE, openApiV2Document } from '../discovery/openapi-v2.ts';
import { apiResourceList } from '../discovery/resource-list.ts';
import { VERSION_INFO } from '../discovery/version.ts';
import type { Exchange } from './exchange.ts';
import { JsonText, sendDocument } from './respond.ts';

const HEALTH_PATHS: readonly string[] = ['/healthz', '/livez', '/readyz'];

/** Answers a request for a path that is no resource: discovery, health, version, schemas, keys. */
export function handlePath(context: ServerContext, openApi: OpenApi, exchange: Exchange): void {
  const { request, response, url, user, accepted } = exchange;
  const method = request.method === 'HEAD' ? 'get' : (request.method ?? '').toLowerCase();
  requirePathAccess(context, user, method, url.pathname);
  const path = url.pathname.replace(/(?<=.)\/$/, '');
  if (method !== 'get') throw notFound();
  if (HEALTH_PATHS.includes(path)) {
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end('ok');
    return;
  }
  if (path === '/openapi/v2' && accepted.format === 'openapi-v2') {
    const types = context.catalog.definitions.map(({ type }) => type);
    response.writeHead(200, { 'content-type': OPENAPI_V2_CONTENT_TYPE }).end(openApiV2Document(types));
    return;
  }
  const document = path.startsWith('/openapi/v3')
    ? openApiDocument(openApi, path, exchange)
    : (fixedDocument(context, path) ?? discoveryDocument(context, path, exchange));
  if (document === undefined) throw notFound();
  sendDocument(response, 200, document, accepted);
}

/** What Kubernetes answers for a path that it does not know. */
export function notFound(): StatusError {
  return StatusError.of('NotFound', 'the server could not find the requested resource', {});
}

function fixedDocument({ tokens }: ServerContext, path: string): unknown {
  switch (path) {
    case '/':
      return { paths: ['/api', '/apis', ...HEALTH_PATHS, '/openapi/v3', '/version'] };
    case '/version':
      return VERSION_INFO;
    case '/openid/v1/jwks':
      return tokens.keySet;
    case '/.well-known/openid-configuration':
      return {
        issuer: ISSUER,
        jwks_uri: `${ISSUER}/openid/v1/jwks`,
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['ES256'],
      };
    default:
      return undefined;
  }
}

function discoveryDocument({ catalog }: ServerContext, path: string, exchange: Exchange): unknown {
  if (path === '/api' || path === '/apis') return rootDocument(catalog, path, exchange);
  const [, root, groupVersion] = /^\/(api|apis)\/(.+)$/.exec(path) ?? [];
  if (groupVersion === undefined) return undefined;
  const types = catalog.groupVersions().get(groupVersion);
  if (types !== undefined && (root === 'apis') === groupVersion.includes('/')) {
    return apiResourceList(groupVersion, types);
  }
  return root === 'apis' ? apiGroup(catalog, groupVersion) : undefined;
}

/** One document for all groups where the client knows it; its media type tells the client that it got that one. */
function rootDocument(
  catalog: ServerContext['catalog'],
  path: '/api' | '/apis',
  { accepted, response, request }: Exchange,
): unknown {
  response.setHeader('vary', 'Accept');
  if (accepted.as === 'APIGroupDiscoveryList') {
    const version = accepted.version ?? 'v2';
    const type = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
    response.setHeader('content-type', type);
    return groupDiscoveryList(catalog, version, path === '/api' ? 'core' : 'named');
  }
  return path === '/api' ? apiVersions(catalog, request.headers.host ?? '') : apiGroupList(catalog);
}

function openApiDocument(openApi: OpenApi, path: string, { url, response }: Exchange): JsonText | undefined {
  const groupVersion = path.slice('/openapi/v3/'.length);
  const document = groupVersion === '' ? openApi.index : openApi.document(groupVersion);
  if (document === undefined) return undefined;
  response.setHeader('etag', `"${document.hash}"`);
  // The hash is part of the URL that the index names: such an answer never changes.
  if (url.searchParams.get('hash') === document.hash) {
    response.setHeader('cache-control', 'public, immutable, max-age=31536000');
  }
  return new JsonText(document.text);
}
