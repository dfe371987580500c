import type { ApiServer, UserInfo } from '@slipway/apiserver';
import { SlipwayError } from '@slipway/core';
import type {
  AccessController,
  AccessDecision,
  AccessRequest,
  Identity,
  RegistryAction,
} from '@slipway/registry';

/** Verb on `imagestreams/layers` that OpenShift asks for each action at its registry. */
const VERBS: Readonly<Record<RegistryAction, string>> = {
  pull: 'get',
  push: 'update',
  delete: 'delete',
  catalog: 'list',
};

interface Account extends Identity {
  readonly user: UserInfo;
}

const ANONYMOUS: Account = {
  name: 'anonymous',
  anonymous: true,
  user: { username: 'system:anonymous', groups: ['system:unauthenticated'] },
};

/**
 * Lets people into the registry as OpenShift does: any user name with a ServiceAccount's (or the administrator's) token as
 * the password, and RBAC on `imagestreams/layers` in the namespace that the repository's first component names.
 */
export function registryAccess(apiServer: ApiServer): AccessController {
  return {
    challenge: 'bearer',
    authenticate: async ({ authorization }) => {
      if (authorization === undefined) return ANONYMOUS;
      const user = await apiServer.authenticate(tokenOf(authorization));
      if (user) return { name: describe(user), anonymous: false, user } satisfies Account;
      throw new SlipwayError('unauthenticated', 'TOKEN_INVALID', 'the token is not valid, or has expired', {
        hint: 'the password is a token: kubectl create token <serviceaccount>',
      });
    },
    authorize: (identity, request) => authorize(apiServer, identity, request),
  };
}

/** The token of `Bearer <token>`, or the password of `Basic`; the user name does not matter (OpenShift's rule). */
function tokenOf(authorization: string): string {
  const [scheme = '', value = ''] = authorization.split(' ', 2);
  if (scheme.toLowerCase() === 'bearer') return value;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  return pair.slice(pair.indexOf(':') + 1);
}

function describe({ username }: UserInfo): string {
  return username.startsWith('system:serviceaccount:') ? `serviceaccount ${username}` : `user ${username}`;
}

/** The registry makes the anonymous identity itself for the token that it gives to clients without credentials. */
function accountOf(identity: Identity): Account {
  return 'user' in identity ? (identity as Account) : ANONYMOUS;
}

async function authorize(
  apiServer: ApiServer,
  identity: Identity,
  { repository, action }: AccessRequest,
): Promise<AccessDecision> {
  const namespace = repository.split('/')[0] ?? '';
  const verb = VERBS[action];
  const { allowed } = await apiServer.authorize({
    user: accountOf(identity).user,
    verb,
    group: 'image.openshift.io',
    resource: 'imagestreams',
    subresource: 'layers',
    ...(namespace !== '' && { namespace }),
  });
  return { allowed, reason: allowed ? '' : denial(identity, verb, repository, namespace, action) };
}

function denial(
  identity: Identity,
  verb: string,
  repository: string,
  namespace: string,
  action: RegistryAction,
): string {
  const { username } = accountOf(identity).user;
  const role = action === 'pull' ? 'system:image-puller' : 'system:image-builder';
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username);
  const subject = account ? `--serviceaccount=${account[1]}:${account[2]}` : `--user=${username}`;
  const what = repository === '' ? 'list all repositories' : `${action} ${repository}`;
  const missing = `${identity.name} may not ${what}: it needs "${verb}" on imagestreams/layers`;
  if (namespace === '') return missing;
  const binding = `kubectl create rolebinding ${role.replace('system:', '')} -n ${namespace} --clusterrole=${role}`;
  return `${missing} in namespace ${namespace}; grant it with: ${binding} ${subject}`;
}
