import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ConfigMap, resources, StatusError, type TaskRun } from '@slipway/kube';
import { ApiServer } from './api-server.ts';
import { customResource } from './resources/builtin.ts';
import { ObjectStore } from './storage/object-store.ts';
import { configMap, eventually, optionsOf, pod, withServer } from './test-server.ts';

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
