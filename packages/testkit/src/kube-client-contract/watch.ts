import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ConfigMap,
  type KubeClient,
  resources,
  type WatchEvent,
  type WatchOptions,
} from '@slipway/kube';
import type { Harness } from './contract.ts';
import { configMap } from './samples.ts';

const { configmaps } = resources;
const DEADLINE_MS = 10_000;

/** Watches: order, selectors, resuming and ending. */
export function watchContract(use: Harness): void {
  watchChanges(use);
  watchSelectors(use);
  watchEnds(use);
}

function watchChanges(use: Harness): void {
  test('a watch from a version sees every later change in order', async () => {
    const { client, namespace } = use();
    const { resourceVersion } = await client.list(configmaps, { namespace });
    const created = await client.create(configmaps, configMap(namespace));
    const { name } = created.metadata;
    const fieldSelector = `metadata.name=${name}`;
    await client.update(configmaps, { ...created, data: { key: 'new' } });
    await client.delete(configmaps, name, { namespace });
    const events = await take(client, { namespace, fieldSelector, resourceVersion }, 3);
    assert.deepEqual(
      events.map(({ type }) => type),
      ['ADDED', 'MODIFIED', 'DELETED'],
    );
    assert.deepEqual(
      events.map(({ object }) => object.data?.key),
      ['value', 'new', 'new'],
    );
    const versions = events.map(({ object }) => Number(object.metadata.resourceVersion));
    assert.deepEqual(
      versions,
      [...versions].sort((one, other) => one - other),
    );
  });

  test('a watch without a version begins with what is there', async () => {
    const { client, namespace } = use();
    const { metadata } = await client.create(configmaps, configMap(namespace));
    const fieldSelector = `metadata.name=${metadata.name}`;
    const [event] = await take(client, { namespace, fieldSelector }, 1);
    assert.equal(event?.type, 'ADDED');
    assert.equal(event?.object.metadata.name, metadata.name);
  });

  test('a watch resumes after the last event that was seen', async () => {
    const { client, namespace } = use();
    const created = await client.create(configmaps, configMap(namespace));
    const updated = await client.update(configmaps, { ...created, data: { key: 'new' } });
    const fieldSelector = `metadata.name=${created.metadata.name}`;
    const { resourceVersion } = created.metadata;
    const [event] = await take(client, { namespace, fieldSelector, resourceVersion }, 1);
    assert.equal(event?.type, 'MODIFIED');
    assert.equal(event?.object.metadata.resourceVersion, updated.metadata.resourceVersion);
  });
}

function watchSelectors(use: Harness): void {
  test('an object that leaves a selector is DELETED for the watch, one that enters ADDED', async () => {
    const { client, namespace } = use();
    const { resourceVersion } = await client.list(configmaps, { namespace });
    const group = configMap(namespace).metadata.name;
    const created = await client.create(configmaps, configMap(namespace, {}, { group }));
    const unlabelled = { ...created.metadata, labels: {} };
    const outside = await client.update(configmaps, { ...created, metadata: unlabelled });
    await client.update(configmaps, { ...outside, metadata: { ...outside.metadata, labels: { group } } });
    const labelSelector = `group=${group}`;
    const events = await take(client, { namespace, labelSelector, resourceVersion }, 3);
    assert.deepEqual(
      events.map(({ type }) => type),
      ['ADDED', 'DELETED', 'ADDED'],
    );
  });
}

function watchEnds(use: Harness): void {
  test('an abort ends a watch without an error', async () => {
    const { client, namespace } = use();
    const { resourceVersion } = await client.list(configmaps, { namespace });
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 20);
    const events: unknown[] = [];
    const options = { namespace, resourceVersion, signal: abort.signal };
    for await (const event of client.watch(configmaps, options)) events.push(event);
    assert.deepEqual(events, []);
  });

  test('a reader that stops early ends its watch', async () => {
    const { client, namespace } = use();
    await client.create(configmaps, configMap(namespace));
    const signal = AbortSignal.timeout(DEADLINE_MS);
    for await (const event of client.watch(configmaps, { namespace, signal })) {
      assert.equal(event.type, 'ADDED');
      break;
    }
    assert.equal(signal.aborted, false);
  });
}

/** The next events of a watch, bookmarks left out. */
async function take(
  client: KubeClient,
  options: Omit<WatchOptions, 'signal'>,
  count: number,
): Promise<WatchEvent<ConfigMap>[]> {
  const events: WatchEvent<ConfigMap>[] = [];
  const signal = AbortSignal.timeout(DEADLINE_MS);
  for await (const event of client.watch<ConfigMap>(configmaps, { ...options, signal })) {
    if (event.type !== 'BOOKMARK') events.push(event);
    if (events.length === count) return events;
  }
  throw new Error(`the watch ended after ${events.length} of ${count} events`);
}
