import type { AccessReview, ApiServer, UserInfo } from '@slipway/apiserver';
import { type Clock, SlipwayError, systemClock } from '@slipway/core';
import { isStatus, parseServiceAccountUsername, resources } from '@slipway/kube';
import {
  type AccessController,
  type AccessDecision,
  type AccessRequest,
  type Identity,
  namespaceOf,
  parseAuthorization,
  type RegistryAction,
} from '@slipway/registry';
import { streamOf } from './image-streams/repository.ts';
import { audienceOf, tokenRefused } from './registry-token.ts';

interface Account extends Identity {
  readonly user: UserInfo;
}

/** What RBAC is asked for: a verb on a resource of image.openshift.io. */
interface Permission {
  readonly verb: string;
  readonly resource: 'imagestreams' | 'imagestreamtags';
  readonly subresource?: 'layers';
}

const layers = (verb: string): Permission => ({ verb, resource: 'imagestreams', subresource: 'layers' });

/** What OpenShift asks for at its registry; any one of the permissions is enough. */
const PERMISSIONS: Readonly<Record<RegistryAction, readonly [Permission, ...Permission[]]>> = {
  pull: [layers('get')],
  push: [layers('update')],
  // Whoever may delete the image stream tag deletes the tag of the registry by it.
  delete: [layers('delete'), { verb: 'delete', resource: 'imagestreamtags' }],
  catalog: [layers('list')],
};
/** A role that has the permission, for the hint. */
const ROLES: Readonly<Record<RegistryAction, string>> = {
  pull: 'system:image-puller',
  push: 'system:image-builder',
  delete: 'edit',
  catalog: 'cluster-admin',
};
const CREATE_STREAM: Permission = { verb: 'create', resource: 'imagestreams' };

const ANONYMOUS: Account = {
  name: 'anonymous',
  anonymous: true,
  user: { username: 'system:anonymous', groups: ['system:unauthenticated'] },
};

/**
 * Lets people into the registry as OpenShift does: any user name with a ServiceAccount's (or the administrator's) token as
 * the password, and RBAC on `imagestreams/layers` in the namespace that the repository's first component names. The first
 * push to a repository makes its image stream, which needs the permission to create one.
 */
export function registryAccess(apiServer: ApiServer, clock: Clock = systemClock): AccessController {
  return {
    challenge: 'bearer',
    authenticate: async ({ authorization }) => {
      if (authorization === undefined) return ANONYMOUS;
      const token = tokenOf(authorization);
      const audience = audienceOf(token);
      const user = await apiServer.authenticate(token, audience === undefined ? {} : { audience });
      if (user === undefined) throw tokenRefused(token, clock.now());
      return { name: describe(user), anonymous: false, user } satisfies Account;
    },
    authorize: (identity, request) => authorize(apiServer, accountOf(identity), request),
  };
}

/** The token of `Bearer <token>`, or the password of `Basic`; the user name does not matter (OpenShift's rule). */
function tokenOf(header: string): string {
  const given = parseAuthorization(header);
  if (given !== undefined) return given.scheme === 'basic' ? given.password : given.token;
  throw new SlipwayError('unauthenticated', 'CREDENTIALS_INVALID', 'the Authorization header is malformed', {
    hint: 'send Basic credentials, any user with a token as password, or a Bearer token',
  });
}

function describe({ username }: UserInfo): string {
  return parseServiceAccountUsername(username) ? `serviceaccount ${username}` : `user ${username}`;
}

/** The registry makes the anonymous identity itself for the token that it gives to clients without credentials. */
function accountOf(identity: Identity): Account {
  return 'user' in identity ? (identity as Account) : ANONYMOUS;
}

async function authorize(
  apiServer: ApiServer,
  account: Account,
  request: AccessRequest,
): Promise<AccessDecision> {
  const { repository, action } = request;
  const namespace = namespaceOf(repository);
  const may = async (permission: Permission): Promise<boolean> => {
    const review: AccessReview = {
      user: account.user,
      group: 'image.openshift.io',
      ...permission,
      ...(namespace !== '' && { namespace }),
    };
    return (await apiServer.authorize(review)).allowed;
  };
  const permissions = PERMISSIONS[action];
  const decided = await Promise.all(permissions.map(may));
  if (!decided.includes(true)) return { allowed: false, reason: denial(account, request, permissions[0]) };
  if (action !== 'push' || (await may(CREATE_STREAM)) || (await hasStream(apiServer, repository))) {
    return { allowed: true, reason: '' };
  }
  return { allowed: false, reason: denial(account, request, CREATE_STREAM) };
}

/** Whether the repository's image stream is there, or it is one that has none. */
async function hasStream({ client }: ApiServer, repository: string): Promise<boolean> {
  const stream = streamOf(repository);
  if (stream === undefined) return true;
  try {
    await client.get(resources.imagestreams, stream.name, stream.namespace);
    return true;
  } catch (error) {
    if (isStatus(error, 'NotFound')) return false;
    throw error;
  }
}

function denial(
  account: Account,
  { repository, action }: AccessRequest,
  { verb, resource, subresource }: Permission,
): string {
  const what = repository === '' ? 'list all repositories' : `${action} ${repository}`;
  const permission = `"${verb}" on ${resource}${subresource ? `/${subresource}` : ''}`;
  const missing = `${account.name} may not ${what}: it needs ${permission}`;
  if (repository === '') return missing;
  const namespace = namespaceOf(repository);
  const role = ROLES[action];
  const binding = `kubectl create rolebinding ${role.replace('system:', '')} -n ${namespace} --clusterrole=${role}`;
  const there = `${missing} in namespace ${namespace}`;
  if (!account.anonymous) {
    const granted = `${there}; grant it with: ${binding} ${subjectOf(account.user)}`;
    const home = parseServiceAccountUsername(account.user.username)?.namespace;
    if (home === undefined || home === namespace) return granted;
    return `${granted}; or use a token of that namespace: kubectl create token <serviceaccount> -n ${namespace}`;
  }
  const login = 'log in with any user name and, as password, the token of a ServiceAccount';
  if (action !== 'pull') return `${there}; ${login}`;
  return `${there}; ${login}, or let everybody pull: ${binding} --group=system:unauthenticated`;
}

function subjectOf(user: UserInfo): string {
  const account = parseServiceAccountUsername(user.username);
  return account ? `--serviceaccount=${account.namespace}:${account.name}` : `--user=${user.username}`;
}
