import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ClusterRole,
  type Role,
  type RoleBinding,
  resources,
  type SelfSubjectAccessReview,
  type TokenReview,
} from '@slipway/kube';
import { serviceAccountUser } from './authn/user.ts';
import { eventually, pod, withServer } from './test-server.ts';

test('a client has the rights of its user', () =>
  withServer(async (server) => {
    const user = serviceAccountUser('default', 'default', 'uid');
    const theirs = server.clientFor(user);
    await assert.rejects(theirs.list(resources.secrets, { namespace: 'default' }), {
      code: 'KUBE_FORBIDDEN',
      message:
        'secrets is forbidden: User "system:serviceaccount:default:default" cannot list resource "secrets" in API group "" in the namespace "default"',
    });
    await assert.rejects(
      theirs.list(resources.nodes),
      /cannot list resource "nodes" .* at the cluster scope/,
    );
    const binding: RoleBinding = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'pushers', namespace: 'default' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:image-builder' },
      subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: 'default' }],
    };
    const push = {
      user,
      verb: 'update',
      group: 'image.openshift.io',
      resource: 'imagestreams',
      subresource: 'layers',
    };
    assert.deepEqual(await server.authorize({ ...push, namespace: 'default' }), {
      allowed: false,
      reason: '',
    });
    await server.client.create(resources.rolebindings, binding);
    assert.deepEqual(await server.authorize({ ...push, namespace: 'default' }), {
      allowed: true,
      reason:
        'RBAC: allowed by RoleBinding "pushers/default" of ClusterRole "system:image-builder" to ServiceAccount "default/default"',
    });
    assert.equal((await server.authorize({ ...push, namespace: 'kube-system' })).allowed, false);
  }));

test('a labelled ClusterRole becomes part of the aggregated ones', () =>
  withServer(async ({ client }) => {
    const role: ClusterRole = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'things', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
      rules: [{ apiGroups: ['example.com'], resources: ['things'], verbs: ['get'] }],
    };
    await client.create(resources.clusterroles, role);
    await eventually(async () => {
      const { rules } = await client.get<ClusterRole>(resources.clusterroles, 'view');
      return (rules ?? []).some(({ apiGroups }) => apiGroups?.[0] === 'example.com');
    });
  }));

test('a role that grants more than its author has is refused', () =>
  withServer(async (server) => {
    const author = { username: 'author', groups: ['system:authenticated'] };
    const may = (name: string, rules: Role['rules']): ClusterRole => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name },
      rules: rules ?? [],
    });
    const rbac = { apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles'], verbs: ['create'] };
    await server.client.create(resources.clusterroles, may('author', [rbac]));
    await server.client.create(resources.clusterrolebindings, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'author' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'author' },
      subjects: [{ kind: 'User', name: 'author' }],
    });
    const secrets = { apiGroups: [''], resources: ['secrets'], verbs: ['get'] };
    await assert.rejects(
      server.clientFor(author).create(resources.clusterroles, may('more', [secrets])),
      /attempting to grant RBAC permissions not currently held:\n\{APIGroups:\[""\], Resources:\["secrets"\], Verbs:\["get"\]\}/,
    );
    await server.clientFor(author).create(resources.clusterroles, may('same', [rbac]));
  }));

test('tokens say who, for whom and how long', () =>
  withServer(async (server) => {
    const account = { namespace: 'default', name: 'default' };
    const { token, expires } = await server.issueToken(account, {
      audiences: ['registry'],
      expirationSeconds: 600,
    });
    assert.ok(Math.abs(expires.getTime() - Date.now() - 600_000) < 5000);
    assert.equal(await server.authenticate(token), undefined);
    assert.equal(
      (await server.authenticate(token, { audience: 'registry' }))?.username,
      'system:serviceaccount:default:default',
    );
    const review: TokenReview = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      metadata: { name: '' },
      spec: { token, audiences: ['other', 'registry'] },
    };
    const { spec, status } = await server.client.create(resources.tokenreviews, review);
    assert.equal(spec.token, undefined);
    assert.deepEqual(status?.audiences, ['registry']);
    await assert.rejects(server.issueToken({ namespace: 'default', name: 'nobody' }), {
      code: 'KUBE_NOT_FOUND',
    });
  }));

test('a token that is bound to a pod ends with it', () =>
  withServer(async (server) => {
    const { metadata } = await server.client.create(resources.pods, pod('bound'));
    const boundObject = { kind: 'Pod', apiVersion: 'v1', name: 'bound', uid: metadata.uid ?? '' };
    const { token } = await server.issueToken({ namespace: 'default', name: 'default' }, { boundObject });
    const user = await server.authenticate(token);
    assert.deepEqual(user?.extra?.['authentication.kubernetes.io/pod-name'], ['bound']);
    await server.client.delete(resources.pods, 'bound', { namespace: 'default' });
    assert.equal(await server.authenticate(token), undefined);
  }));

test('an expired token is not valid', async () => {
  let now = Date.now();
  const clock = { now: () => new Date(now), sleep: async () => {} };
  await withServer(
    async (server) => {
      const { token } = await server.issueToken(
        { namespace: 'default', name: 'default' },
        { expirationSeconds: 600 },
      );
      now += 599_000;
      assert.notEqual(await server.authenticate(token), undefined);
      now += 2000;
      assert.equal(await server.authenticate(token), undefined);
    },
    { clock },
  );
});

test('reviews answer whom they are asked about', () =>
  withServer(async (server) => {
    const ask = async (spec: SelfSubjectAccessReview['spec']): Promise<boolean | undefined> => {
      const review: SelfSubjectAccessReview = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        metadata: { name: '' },
        spec,
      };
      const theirs = server.clientFor(serviceAccountUser('default', 'default', 'uid'));
      return (await theirs.create(resources.selfsubjectaccessreviews, review)).status?.allowed;
    };
    assert.equal(await ask({ nonResourceAttributes: { path: '/version', verb: 'get' } }), true);
    assert.equal(
      await ask({ resourceAttributes: { resource: 'pods', verb: 'get', namespace: 'default' } }),
      false,
    );
    await assert.rejects(ask({}), /exactly one of nonResourceAttributes or resourceAttributes/);
  }));
