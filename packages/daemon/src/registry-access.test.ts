import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ApiServer } from '@slipway/apiserver';
import { type Clock, SlipwayError, silentLogger, systemClock } from '@slipway/core';
import { type KubeObject, resources, type Secret } from '@slipway/kube';
import type { AccessController, Identity, RegistryAction } from '@slipway/registry';
import { temporaryFolder } from '@slipway/testkit';
import { IMAGE_STREAM_TYPES } from './image-streams/stream-types.ts';
import { registryAccess } from './registry-access.ts';

const RBAC = 'rbac.authorization.k8s.io';
const folder = temporaryFolder();
/** Moves the API server's time forward. */
let ahead = 0;
const clock: Clock = { ...systemClock, now: () => new Date(Date.now() + ahead) };
let server: ApiServer;
let access: AccessController;

before(async () => {
  server = await ApiServer.start({
    stateDir: folder.join('state'),
    listen: [],
    tls: { cert: '', key: '', ca: '' },
    issuerKeyFile: folder.join('issuer.pem'),
    staticTokens: [{ token: 'admin-token', user: { username: 'admin', groups: ['system:masters'] } }],
    extraTypes: IMAGE_STREAM_TYPES,
    logger: silentLogger,
    clock,
  });
  access = registryAccess(server, clock);
  await server.client.create(resources.namespaces, namespace('team'));
  for (const name of ['puller', 'pusher', 'builder', 'editor']) {
    await server.client.create(resources.serviceaccounts, account(name));
    const role = name === 'editor' ? 'edit' : `system:image-${name}`;
    await bind(name, role, [{ kind: 'ServiceAccount', name, namespace: 'team' }]);
  }
});

after(async () => {
  await server?.close();
  folder[Symbol.dispose]();
});

function namespace(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

function account(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'team' } };
}

async function bind(name: string, role: string, subjects: object[]): Promise<void> {
  const roleRef = { apiGroup: RBAC, kind: 'ClusterRole', name: role };
  const metadata = { name, namespace: 'team' };
  const binding = { apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', metadata, roleRef, subjects };
  await server.client.create(resources.rolebindings, binding);
}

const basic = (password: string): string => `Basic ${Buffer.from(`any:${password}`).toString('base64')}`;

function authenticate(authorization: string | undefined): Promise<Identity> {
  return access.authenticate({ authorization, remoteAddress: '127.0.0.1' });
}

async function token(name: string, options: Parameters<ApiServer['issueToken']>[1] = {}): Promise<string> {
  return (await server.issueToken({ namespace: 'team', name }, options)).token;
}

async function refusal(authorization: string): Promise<SlipwayError> {
  const error = await authenticate(authorization).then(
    () => assert.fail('it was let in'),
    (failure: unknown) => failure,
  );
  assert.ok(error instanceof SlipwayError);
  assert.equal(error.kind, 'unauthenticated');
  return error;
}

async function decide(
  who: string | undefined,
  action: RegistryAction,
  repository = 'team/app',
): Promise<{ allowed: boolean; reason: string }> {
  const identity = await authenticate(who === undefined ? undefined : basic(await token(who)));
  return access.authorize(identity, { repository, action });
}

test('a token of TokenRequest is a password, with any user name, and a bearer token', async () => {
  const given = await token('puller');
  for (const header of [basic(given), `Bearer ${given}`, `bearer ${given}`]) {
    assert.equal((await authenticate(header)).name, 'serviceaccount system:serviceaccount:team:puller');
  }
});

test('the token of a legacy Secret is a password until the Secret is deleted', async () => {
  const secret: Secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 'puller-token-abcde',
      namespace: 'team',
      annotations: { 'kubernetes.io/service-account.name': 'puller' },
    },
    type: 'kubernetes.io/service-account-token',
  };
  const { data } = await server.client.create(resources.secrets, secret);
  const legacy = Buffer.from(data?.token ?? '', 'base64').toString();
  assert.equal((await authenticate(basic(legacy))).anonymous, false);
  await server.client.delete(resources.secrets, 'puller-token-abcde', { namespace: 'team' });
  assert.match((await refusal(basic(legacy))).message, /team\/puller is not valid: .*Secret.* was deleted/);
});

test('the token for the registry’s audience is good here, and not at the API', async () => {
  const audience = 'image-registry.openshift-image-registry.svc';
  const own = await token('puller', { audiences: [audience] });
  assert.equal((await authenticate(basic(own))).anonymous, false);
  assert.equal(await server.authenticate(own), undefined);
});

test('the token for another audience is refused with what would be right', async () => {
  const { message, hint } = await refusal(basic(await token('puller', { audiences: ['vault'] })));
  assert.match(message, /team\/puller is for the audience "vault", not for this registry/);
  assert.match(hint ?? '', /kubectl create token puller -n team, without --audience/);
});

test('an expired token is refused with when, and how to get another', async () => {
  const old = await token('puller', { expirationSeconds: 600 });
  ahead = 601_000;
  try {
    const { message, hint } = await refusal(basic(old));
    assert.match(message, /the token of serviceaccount team\/puller expired at 20\d\d-/);
    assert.equal(hint, 'get a new one: kubectl create token puller -n team');
    assert.ok(!message.includes(old));
  } finally {
    ahead = 0;
  }
});

test('a token ends with its ServiceAccount', async () => {
  await server.client.create(resources.serviceaccounts, account('leaver'));
  const given = await token('leaver');
  await server.client.delete(resources.serviceaccounts, 'leaver', { namespace: 'team' });
  assert.match((await refusal(basic(given))).message, /ServiceAccount, Secret or Pod was deleted/);
});

const garbage: [what: string, header: string][] = [
  ['a password', basic('hunter2')],
  ['an empty password', basic('')],
  ['three dots', basic('a.b.c')],
  ['claims that are no object', basic(`e30.${Buffer.from('null').toString('base64url')}.x`)],
  ['odd claims', basic(`e30.${Buffer.from('{"aud":{"a":1},"exp":1e300,"sub":[]}').toString('base64url')}.x`)],
  ['another scheme', 'Digest a=b'],
  ['no credentials in it', 'Basic'],
];
for (const [what, header] of garbage) {
  test(`refused and not crashed on: ${what}`, async () => {
    const { message } = await refusal(header);
    assert.doesNotMatch(message, /hunter2/);
  });
}

const decisions: [who: string, action: RegistryAction, allowed: boolean][] = [
  ['puller', 'pull', true],
  ['puller', 'push', false],
  ['builder', 'pull', true],
  ['builder', 'push', true],
  ['builder', 'delete', false],
  ['editor', 'push', true],
  ['editor', 'delete', true],
  ['editor', 'catalog', false],
];
for (const [who, action, allowed] of decisions) {
  test(`${who} ${allowed ? 'may' : 'may not'} ${action}`, async () => {
    assert.equal((await decide(who, action)).allowed, allowed);
  });
}

test('a refusal names the user, the permission and the command', async () => {
  const { reason } = await decide('puller', 'push');
  assert.match(reason, /system:serviceaccount:team:puller may not push team\/app/);
  assert.match(reason, /needs "update" on imagestreams\/layers in namespace team/);
  assert.match(reason, /--clusterrole=system:image-builder --serviceaccount=team:puller/);
  const { reason: deletion } = await decide('builder', 'delete');
  assert.match(deletion, /"delete" on imagestreams\/layers .*--clusterrole=edit/);
});

test('the first push needs the permission to create the image stream', async () => {
  const { allowed, reason } = await decide('pusher', 'push');
  assert.equal(allowed, false);
  assert.match(reason, /it needs "create" on imagestreams in namespace team/);
  assert.equal((await decide('pusher', 'push', 'team/app/cache')).allowed, true, 'it has no image stream');
  await server.client.create(resources.imagestreams, {
    apiVersion: 'image.openshift.io/v1',
    kind: 'ImageStream',
    metadata: { name: 'there', namespace: 'team' },
  });
  assert.equal((await decide('pusher', 'push', 'team/there')).allowed, true);
});

test('another namespace is another matter', async () => {
  for (const action of ['pull', 'push', 'delete'] as const) {
    assert.equal((await decide('editor', action, 'default/app')).allowed, false);
  }
});

test('nobody pulls without login unless a binding for system:unauthenticated says so', async () => {
  const { allowed, reason } = await decide(undefined, 'pull');
  assert.equal(allowed, false);
  assert.match(reason, /anonymous may not pull team\/app.*log in.*--group=system:unauthenticated/);
  await bind('public', 'system:image-puller', [
    { kind: 'Group', apiGroup: RBAC, name: 'system:unauthenticated' },
  ]);
  assert.equal((await decide(undefined, 'pull')).allowed, true);
  const push = await decide(undefined, 'push');
  assert.equal(push.allowed, false);
  assert.match(push.reason, /log in with any user name/);
});

test('the administrator may do everything', async () => {
  const admin = await authenticate(basic('admin-token'));
  for (const action of ['pull', 'push', 'delete'] as const) {
    assert.equal((await access.authorize(admin, { repository: 'new/app', action })).allowed, true);
  }
  assert.equal((await access.authorize(admin, { repository: '', action: 'catalog' })).allowed, true);
});
