import {
  type FieldError,
  formatTime,
  invalidField,
  type KubeObject,
  resources,
  StatusError,
  schemaFor,
  type TokenRequest,
} from '@slipway/kube';
import { type BoundObject, ISSUER } from '../authn/service-account-tokens.ts';
import type { ResourceRequest, ServerContext, WriteOptions } from '../context.ts';
import { type Body, completed, pruneBody } from './body.ts';
import { getObject } from './get.ts';

const TOKEN_REQUEST = { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' };
const MIN_SECONDS = 600;
const MAX_SECONDS = 2 ** 32;
const DEFAULT_SECONDS = 3600;

/** Issues a token for a ServiceAccount (`serviceaccounts/token`, `kubectl create token`). */
export async function createToken(
  context: ServerContext,
  request: ResourceRequest,
  body: Body,
  options: WriteOptions = {},
): Promise<KubeObject> {
  const account = getObject(context, request);
  const tokenRequest = decodeRequest(request, body, options);
  const { spec } = tokenRequest;
  const { audiences = [ISSUER], expirationSeconds = DEFAULT_SECONDS } = spec;
  requireValid(expirationSeconds);
  const boundObject = findBound(context, request.namespace, spec.boundObjectRef);
  const { token, expires } = await context.tokens.issue(account.object, {
    audiences,
    expirationSeconds,
    ...(boundObject ? { boundObject } : {}),
  });
  const { name, namespace } = account.object.metadata;
  return {
    ...tokenRequest,
    metadata: {
      name,
      ...(namespace ? { namespace } : {}),
      creationTimestamp: formatTime(context.clock.now()),
    },
    spec: { ...spec, audiences, expirationSeconds, boundObjectRef: spec.boundObjectRef ?? null },
    status: { token, expirationTimestamp: formatTime(expires) },
  };
}

/** Its audiences are required in the schema, and may be left out all the same: then it is for the API server. */
function decodeRequest(request: ResourceRequest, body: Body, options: WriteOptions): TokenRequest {
  const object = pruneBody(request, body, options, TOKEN_REQUEST) as TokenRequest;
  const audiences = object.spec?.audiences?.length ? object.spec.audiences : [ISSUER];
  const withAudiences = { ...object, spec: { ...object.spec, audiences } };
  const kind = schemaFor(TOKEN_REQUEST);
  return (kind === undefined ? withAudiences : completed(kind, withAudiences)) as TokenRequest;
}

function requireValid(seconds: number): void {
  const field = 'spec.expirationSeconds';
  const errors: FieldError[] = [];
  if (seconds < MIN_SECONDS)
    errors.push(invalidField(field, seconds, 'may not specify a duration less than 10 minutes'));
  if (seconds > MAX_SECONDS)
    errors.push(invalidField(field, seconds, 'may not specify a duration larger than 2^32 seconds'));
  if (errors.length > 0) throw StatusError.invalid('TokenRequest.authentication.k8s.io', '', errors);
}

function findBound(
  { store }: ServerContext,
  namespace: string,
  ref: TokenRequest['spec']['boundObjectRef'],
): BoundObject | undefined {
  if (!ref) return undefined;
  const { kind = '', name = '', uid } = ref;
  const type = [resources.pods, resources.secrets].find((each) => each.kind === kind);
  if (type === undefined) {
    throw StatusError.badRequest(
      `cannot bind token to object of type ${ref.apiVersion ?? ''} ${kind}: Pod or Secret only`,
    );
  }
  const stored = store.get({ resource: `/${type.plural}`, namespace, name });
  if (stored === undefined) throw StatusError.notFound(type, name);
  if (uid && uid !== stored.uid) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw StatusError.conflict(type, name, why);
  }
  return { kind, apiVersion: 'v1', name, uid: stored.uid };
}
