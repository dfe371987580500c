import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLogger } from '@slipway/core';
import {
  type ClusterRole,
  type ConfigMap,
  type KubeObject,
  type Pod,
  type Role,
  type RoleBinding,
  resources,
  type SelfSubjectAccessReview,
  StatusError,
  type TaskRun,
  type TokenReview,
} from '@slipway/kube';
import { ApiServer, type ApiServerOptions } from './api-server.ts';
import { serviceAccountUser } from './authn/user.ts';
import { customResource } from './resources/builtin.ts';
import { ObjectStore } from './storage/object-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-apiserver-'));
after(() => rmSync(folder, { recursive: true }));

let folders = 0;
function optionsOf(more: Partial<ApiServerOptions> = {}): ApiServerOptions {
  folders += 1;
  const stateDir = join(folder, String(folders));
  const tls = { cert: '', key: '', ca: 'the authority' };
  return {
    stateDir,
    listen: [],
    tls,
    issuerKeyFile: join(stateDir, 'issuer.pem'),
    logger: silentLogger,
    ...more,
  };
}

async function withServer(
  use: (server: ApiServer) => Promise<void>,
  more?: Partial<ApiServerOptions>,
): Promise<void> {
  const server = await ApiServer.start(optionsOf(more));
  try {
    await use(server);
  } finally {
    await server.close();
  }
}

function configMap(name: string, more: Partial<KubeObject['metadata']> = {}): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default', ...more },
    data: { a: '1' },
  };
}

function pod(name: string, spec: Partial<Pod['spec']> = {}): Pod {
  const metadata = { name, namespace: 'default' };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: { containers: [{ name: 'c', image: 'busybox' }], ...spec },
  };
}

async function eventually(look: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await look()) return;
    await sleep(5);
  }
  assert.fail('it did not happen');
}

test('objects are copied in and out', () =>
  withServer(async ({ client }) => {
    const given = configMap('copied');
    const created = await client.create(resources.configmaps, given);
    given.data!.a = 'changed by the caller';
    created.data!.a = 'changed by the caller, too';
    assert.deepEqual((await client.get<ConfigMap>(resources.configmaps, 'copied', 'default')).data, {
      a: '1',
    });
    const [listed] = (
      await client.list<ConfigMap>(resources.configmaps, { fieldSelector: 'metadata.name=copied' })
    ).items;
    listed!.data!.a = 'changed again';
    assert.deepEqual((await client.get<ConfigMap>(resources.configmaps, 'copied', 'default')).data, {
      a: '1',
    });
  }));

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

test('a pod gets its account, the token volume and the first status', () =>
  withServer(async ({ client }) => {
    const created = await client.create(resources.pods, pod('p'));
    const [mount] = created.spec.containers[0]!.volumeMounts ?? [];
    assert.equal(mount?.mountPath, '/var/run/secrets/kubernetes.io/serviceaccount');
    assert.match(mount?.name ?? '', /^kube-api-access-[a-z0-9]{5}$/);
    assert.deepEqual(created.status, { phase: 'Pending', qosClass: 'BestEffort' });
    const without = await client.create(resources.pods, pod('q', { automountServiceAccountToken: false }));
    assert.equal(without.spec.volumes, undefined);
    await assert.rejects(client.create(resources.pods, pod('r', { serviceAccountName: 'nobody' })), {
      message:
        'pods "r" is forbidden: error looking up service account default/nobody: serviceaccount "nobody" not found',
    });
    const changed = { ...created, spec: { ...created.spec, restartPolicy: 'Never' as const } };
    await assert.rejects(
      client.update(resources.pods, changed),
      /pod updates may not change fields other than/,
    );
    await client.update(resources.pods, { ...created, spec: { ...created.spec, nodeName: 'here' } });
  }));

test('plugins may change and refuse what is written', () =>
  withServer(
    async ({ client }) => {
      const created = await client.create(resources.configmaps, configMap('seen'));
      assert.deepEqual(created.metadata.labels, { seen: 'CREATE' });
      await assert.rejects(client.create(resources.configmaps, configMap('bad')), { message: 'no bad ones' });
      await assert.rejects(client.get(resources.configmaps, 'bad', 'default'), { code: 'KUBE_NOT_FOUND' });
    },
    {
      admission: [
        {
          name: 'test',
          admit({ operation, type, object, name }) {
            if (type.plural !== 'configmaps' || operation === 'DELETE') return;
            if (name === 'bad') throw StatusError.badRequest('no bad ones');
            object.metadata.labels = { ...object.metadata.labels, seen: operation };
          },
        },
      ],
    },
  ));

test('kinds that others add are served', async () => {
  const type = { group: 'example.com', version: 'v1', plural: 'things', kind: 'Thing', namespaced: true };
  await withServer(
    async ({ client }) => {
      const thing = {
        apiVersion: 'example.com/v1',
        kind: 'Thing',
        metadata: { name: 't', namespace: 'default' },
        any: [1],
      };
      assert.deepEqual((await client.create(type, thing)).any, [1]);
      assert.equal((await client.list(type)).items.length, 1);
    },
    { extraTypes: [customResource(type)] },
  );
});

test('the status of a run is apart from the run, and does not count as a generation', () =>
  withServer(async ({ client }) => {
    const run: TaskRun = {
      apiVersion: 'tekton.dev/v1',
      kind: 'TaskRun',
      metadata: { name: 'r', namespace: 'default' },
      spec: { taskRef: { name: 't' } },
      status: { podName: 'not yet' },
    };
    const created = await client.create(resources.taskruns, run);
    assert.equal(created.status, undefined);
    const status = { podName: 'p' };
    const running = await client.update(
      resources.taskruns,
      { ...created, spec: {}, status },
      { subresource: 'status' },
    );
    assert.deepEqual([running.spec, running.status, running.metadata.generation], [run.spec, status, 1]);
    const cancelled = await client.update(resources.taskruns, {
      ...running,
      spec: { ...running.spec, status: 'TaskRunCancelled' },
      status: {},
    });
    assert.deepEqual([cancelled.status, cancelled.metadata.generation], [status, 2]);
  }));

test('what lost its owner while no server ran is collected at the next start', async () => {
  const options = optionsOf();
  const first = await ApiServer.start(options);
  const owner = await first.client.create(resources.configmaps, configMap('owner'));
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid ?? '' };
  await first.client.create(resources.configmaps, configMap('owned', { ownerReferences: [reference] }));
  await first.close();
  const store = new ObjectStore(join(options.stateDir, 'objects.db'));
  const key = { resource: '/configmaps', namespace: 'default', name: 'owner' };
  store.delete(key, store.get(key)!.revision);
  store.close();
  const second = await ApiServer.start(options);
  try {
    await eventually(
      async () =>
        (await second.client.list(resources.configmaps, { fieldSelector: 'metadata.name=owned' })).items
          .length === 0,
    );
  } finally {
    await second.close();
  }
});

test('an object whose owner never was is collected', () =>
  withServer(async ({ client }) => {
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'never', uid: 'no-such-uid' };
    await client.create(resources.configmaps, configMap('lost', { ownerReferences: [reference] }));
    await eventually(
      async () =>
        (await client.list(resources.configmaps, { fieldSelector: 'metadata.name=lost' })).items.length === 0,
    );
  }));

test('the default ServiceAccount comes back when it is deleted', () =>
  withServer(async ({ client }) => {
    await client.delete(resources.serviceaccounts, 'default', { namespace: 'default' });
    await eventually(
      async () => (await client.list(resources.serviceaccounts, { namespace: 'default' })).items.length === 1,
    );
  }));
