import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ConfigMap,
  type Namespace,
  resources,
  type ServiceAccount,
  type TokenRequest,
} from '@slipway/kube';
import type { Harness } from './contract.ts';
import { configMap, withReason } from './samples.ts';

const { configmaps, namespaces, serviceaccounts } = resources;

/** Create, get, list, update and delete. */
export function objectContract(use: Harness): void {
  createContract(use);
  listContract(use);
  updateContract(use);
  deleteContract(use);
}

function createContract(use: Harness): void {
  test('create sets what belongs to the server, and get returns the same', async () => {
    const { client, namespace } = use();
    const given = configMap(namespace);
    const created = await client.create(configmaps, given);
    assert.equal(created.kind, 'ConfigMap');
    assert.match(created.metadata.uid ?? '', /^[0-9a-f-]{36}$/);
    assert.match(created.metadata.creationTimestamp ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.ok(Number(created.metadata.resourceVersion) > 0);
    assert.deepEqual(await client.get(configmaps, given.metadata.name, namespace), created);
  });

  test('create leaves the given object as it is', async () => {
    const { client, namespace } = use();
    const given = configMap(namespace);
    const copy = structuredClone(given);
    await client.create(configmaps, given);
    assert.deepEqual(given, copy);
  });

  test('generateName makes a name of five letters more', async () => {
    const { client, namespace } = use();
    const given = configMap(namespace);
    const metadata = { name: '', generateName: 'made-', namespace };
    const created = await client.create(configmaps, { ...given, metadata });
    assert.match(created.metadata.name, /^made-[a-z0-9]{5}$/);
  });

  test('a name that is taken is AlreadyExists, a missing one NotFound', async () => {
    const { client, namespace } = use();
    const given = configMap(namespace);
    await client.create(configmaps, given);
    await assert.rejects(client.create(configmaps, given), withReason('AlreadyExists'));
    await assert.rejects(client.get(configmaps, 'missing', namespace), withReason('NotFound'));
  });

  test('a wrong object is Invalid', async () => {
    const { client, namespace } = use();
    const wrong = { ...configMap(namespace), metadata: { name: 'Not_A_Name', namespace } };
    await assert.rejects(client.create(configmaps, wrong), withReason('Invalid'));
  });

  test('a dry run stores nothing', async () => {
    const { client, namespace } = use();
    const given = configMap(namespace);
    await client.create(configmaps, given, { dryRun: true });
    await assert.rejects(client.get(configmaps, given.metadata.name, namespace), withReason('NotFound'));
  });

  test('a subresource is created under its parent: a token of a ServiceAccount', async () => {
    const { client, namespace } = use();
    const account: ServiceAccount = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'robot', namespace },
    };
    await client.create(serviceaccounts, account);
    const request: TokenRequest = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: { name: '' },
      spec: {},
    };
    const options = { namespace, name: 'robot', subresource: 'token' };
    const answer = await client.create(serviceaccounts, request, options);
    assert.match(answer.status?.token ?? '', /^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  test('objects of the cluster have no namespace', async () => {
    const { client, namespace } = use();
    const found = await client.get<Namespace>(namespaces, namespace);
    assert.equal(found.metadata.name, namespace);
    assert.equal(found.metadata.namespace, undefined);
  });
}

function listContract(use: Harness): void {
  test('a list is filtered by label and by field, and carries types and a version', async () => {
    const { client, namespace } = use();
    const group = { group: configMap(namespace).metadata.name };
    const first = await client.create(configmaps, configMap(namespace, {}, { ...group, tier: 'a' }));
    const second = await client.create(configmaps, configMap(namespace, {}, { ...group, tier: 'b' }));
    const all = await client.list<ConfigMap>(configmaps, {
      namespace,
      labelSelector: `group=${group.group}`,
    });
    assert.deepEqual(
      all.items.map(({ metadata }) => metadata.name).sort(),
      [first.metadata.name, second.metadata.name].sort(),
    );
    assert.ok(all.items.every(({ apiVersion, kind }) => apiVersion === 'v1' && kind === 'ConfigMap'));
    assert.ok(Number(all.resourceVersion) >= Number(second.metadata.resourceVersion));
    const labelSelector = `group=${group.group},tier notin (a)`;
    const byLabel = await client.list(configmaps, { namespace, labelSelector });
    assert.deepEqual(
      byLabel.items.map(({ metadata }) => metadata.name),
      [second.metadata.name],
    );
    const fieldSelector = `metadata.name=${first.metadata.name}`;
    const byField = await client.list(configmaps, { namespace, fieldSelector });
    assert.deepEqual(
      byField.items.map(({ metadata }) => metadata.name),
      [first.metadata.name],
    );
  });

  test('a limited list continues where it was cut', async () => {
    const { client, namespace } = use();
    const group = configMap(namespace).metadata.name;
    const labelSelector = `group=${group}`;
    for (const _ of [1, 2, 3]) await client.create(configmaps, configMap(namespace, {}, { group }));
    const first = await client.list(configmaps, { namespace, labelSelector, limit: 2 });
    assert.equal(first.items.length, 2);
    assert.ok(first.continue);
    const rest = await client.list(configmaps, {
      namespace,
      labelSelector,
      limit: 2,
      continue: first.continue,
    });
    assert.equal(rest.continue, undefined);
    const names = [...first.items, ...rest.items].map(({ metadata }) => metadata.name);
    assert.equal(new Set(names).size, 3);
  });

  test('a selector that cannot be read is BadRequest', async () => {
    const { client, namespace } = use();
    const wrong = client.list(configmaps, { namespace, labelSelector: 'a in' });
    await assert.rejects(wrong, withReason('BadRequest'));
  });
}

function updateContract(use: Harness): void {
  test('update stores a new version, and one with an old version is a Conflict', async () => {
    const { client, namespace } = use();
    const created = await client.create(configmaps, configMap(namespace));
    const updated = await client.update(configmaps, { ...created, data: { key: 'new' } });
    assert.equal(updated.data?.key, 'new');
    assert.notEqual(updated.metadata.resourceVersion, created.metadata.resourceVersion);
    const late = client.update(configmaps, { ...created, data: { key: 'late' } });
    await assert.rejects(late, withReason('Conflict'));
  });

  test('an update without a change keeps the version', async () => {
    const { client, namespace } = use();
    const created = await client.create(configmaps, configMap(namespace));
    const same = await client.update(configmaps, created);
    assert.equal(same.metadata.resourceVersion, created.metadata.resourceVersion);
  });

  test('update of a missing object is NotFound', async () => {
    const { client, namespace } = use();
    await assert.rejects(client.update(configmaps, configMap(namespace)), withReason('NotFound'));
  });
}

function deleteContract(use: Harness): void {
  test('delete removes, and again is NotFound', async () => {
    const { client, namespace } = use();
    const { metadata } = await client.create(configmaps, configMap(namespace));
    await client.delete(configmaps, metadata.name, { namespace });
    await assert.rejects(client.get(configmaps, metadata.name, namespace), withReason('NotFound'));
    await assert.rejects(client.delete(configmaps, metadata.name, { namespace }), withReason('NotFound'));
  });

  test('delete with the uid of another object is a Conflict', async () => {
    const { client, namespace } = use();
    const { metadata } = await client.create(configmaps, configMap(namespace));
    const preconditions = { uid: '00000000-0000-0000-0000-000000000000' };
    const wrong = client.delete(configmaps, metadata.name, { namespace, preconditions });
    await assert.rejects(wrong, withReason('Conflict'));
  });

  test('an object with a finalizer goes when the finalizer does', async () => {
    const { client, namespace } = use();
    const given = configMap(namespace);
    const metadata = { ...given.metadata, finalizers: ['slipway.dev/test'] };
    const { name } = metadata;
    await client.create(configmaps, { ...given, metadata });
    await client.delete(configmaps, name, { namespace });
    const marked = await client.get<ConfigMap>(configmaps, name, namespace);
    assert.ok(marked.metadata.deletionTimestamp);
    await client.update(configmaps, { ...marked, metadata: { ...marked.metadata, finalizers: [] } });
    await assert.rejects(client.get(configmaps, name, namespace), withReason('NotFound'));
  });
}
