import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ConfigMap, type Pod, resources } from '@slipway/kube';
import type { Harness } from './contract.ts';
import { configMap, withReason } from './samples.ts';

const { configmaps, pods } = resources;

/** The four kinds of patches, and the status subresource. */
export function patchContract(use: Harness): void {
  plainPatches(use);
  applyPatches(use);
  statusPatches(use);
}

function plainPatches(use: Harness): void {
  test('a merge patch sets and removes members', async () => {
    const { client, namespace } = use();
    const { metadata } = await client.create(configmaps, configMap(namespace, { old: '1', kept: '2' }));
    const body = { data: { old: null, fresh: '3' } };
    const patched = await client.patch<ConfigMap>(
      configmaps,
      metadata.name,
      { type: 'merge', body },
      { namespace },
    );
    assert.deepEqual(patched.data, { kept: '2', fresh: '3' });
  });

  test('a JSON patch applies its operations; replace of a missing member succeeds', async () => {
    const { client, namespace } = use();
    const { metadata } = await client.create(configmaps, configMap(namespace, { a: '1' }));
    const body = [
      { op: 'test', path: '/data/a', value: '1' },
      { op: 'replace', path: '/data/missing', value: '2' },
      { op: 'remove', path: '/data/a' },
    ];
    const patched = await client.patch<ConfigMap>(
      configmaps,
      metadata.name,
      { type: 'json', body },
      { namespace },
    );
    assert.deepEqual(patched.data, { missing: '2' });
  });

  test('a strategic merge patch merges lists by their keys', async () => {
    const { client, namespace } = use();
    const { metadata } = await client.create(pods, pod(namespace));
    const env = [{ name: 'B', value: '2' }];
    const body = {
      spec: { containers: [{ name: 'main', image: 'patched' }] },
      metadata: { labels: { env: 'x' } },
    };
    const patched = await client.patch<Pod>(pods, metadata.name, { type: 'strategic', body }, { namespace });
    const [container] = patched.spec.containers;
    assert.equal(container?.image, 'patched');
    assert.deepEqual(container?.env, env);
    await client.delete(pods, metadata.name, { namespace, gracePeriodSeconds: 0 });
  });

  test('a patch of a missing object is NotFound, unless it is an apply', async () => {
    const { client, namespace } = use();
    const patch = client.patch(configmaps, 'missing', { type: 'merge', body: {} }, { namespace });
    await assert.rejects(patch, withReason('NotFound'));
  });
}

function applyPatches(use: Harness): void {
  test('an apply creates, owns its fields, and drops what it no longer names', async () => {
    const { client, namespace } = use();
    const { data: _, ...given } = configMap(namespace);
    const { name } = given.metadata;
    const apply = (data: Record<string, string>, fieldManager: string, force = false): Promise<ConfigMap> =>
      client.patch(
        configmaps,
        name,
        { type: 'apply', body: { ...given, data }, fieldManager, force },
        { namespace },
      );
    const created = await apply({ a: '1', b: '2' }, 'one');
    assert.equal(created.metadata.managedFields?.[0]?.manager, 'one');
    const again = await apply({ a: '1', b: '2' }, 'one');
    assert.equal(again.metadata.resourceVersion, created.metadata.resourceVersion);
    assert.deepEqual((await apply({ a: '1' }, 'one')).data, { a: '1' });
    await assert.rejects(apply({ a: 'other' }, 'two'), withReason('Conflict'));
    assert.deepEqual((await apply({ a: 'other' }, 'two', true)).data, { a: 'other' });
  });
}

function statusPatches(use: Harness): void {
  test('the status changes only through its subresource, and nothing else does there', async () => {
    const { client, namespace } = use();
    const created = await client.create(pods, pod(namespace));
    const { name } = created.metadata;
    const labelled = { ...created.metadata, labels: { wrong: 'place' } };
    const status = { ...created.status, message: 'seen' };
    const updated = await client.update<Pod>(
      pods,
      { ...created, metadata: labelled, status },
      { subresource: 'status' },
    );
    assert.equal(updated.status?.message, 'seen');
    assert.equal(updated.metadata.labels?.wrong, undefined);
    const plain = await client.update<Pod>(pods, {
      ...updated,
      status: { ...updated.status, message: 'lost' },
    });
    assert.equal(plain.status?.message, 'seen');
    const body = { status: { message: 'patched' } };
    const options = { namespace, subresource: 'status' };
    const patched = await client.patch<Pod>(pods, name, { type: 'merge', body }, options);
    assert.equal(patched.status?.message, 'patched');
    await client.delete(pods, name, { namespace, gracePeriodSeconds: 0 });
  });
}

function pod(namespace: string): Pod {
  const { metadata } = configMap(namespace);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: {
      // No runner takes it: the tests are about the object.
      nodeName: 'nowhere',
      containers: [{ name: 'main', image: 'given', env: [{ name: 'B', value: '2' }] }],
    },
  };
}
