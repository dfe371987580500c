// Lists and watches over HTTPS: what a client sees, and from which moment on.
import assert from 'node:assert/strict';
import { get, type RequestOptions } from 'node:https';
import { after, before, test } from 'node:test';
import { type ConfigMap, type KubeObject, resources } from '@slipway/kube';
import { eventually } from '@slipway/testkit';
import { ADMIN_TOKEN, type Cluster, startCluster } from './apiserver/cluster.ts';
import { raw } from './apiserver/raw.ts';

let cluster: Cluster;
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

before(async () => {
  cluster = await startCluster();
});

after(async () => {
  await cluster[Symbol.asyncDispose]();
});

function configMap(
  name: string,
  data: Record<string, string> = {},
  labels?: Record<string, string>,
): ConfigMap {
  const metadata = { name, namespace: 'default', ...(labels ? { labels } : {}) };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
}

interface Seen {
  type: string;
  object: KubeObject & { code?: number; reason?: string };
}

/** A watch that collects its events until it is ended. */
function watch(
  path: string,
  headers: RequestOptions['headers'] = {},
): { events: Seen[]; ended: Promise<void>; end: () => void } {
  const events: Seen[] = [];
  let rest = '';
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const options = {
    ca: cluster.ca,
    agent: false,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...headers },
  };
  const sent = get(new URL(path, cluster.url), options, (response) => {
    response.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      events.push(...lines.map((line) => JSON.parse(line) as Seen));
    });
    response.on('close', resolve);
  });
  sent.on('error', () => resolve());
  return { events, ended, end: () => sent.destroy() };
}

function summary(events: readonly Seen[]): string[] {
  return events.map(({ type, object }) => `${type} ${object.metadata.name ?? ''}`.trim());
}

test('a watch with sendInitialEvents sends what is there, and says where that ends', async () => {
  const { client } = cluster.server;
  await client.create(resources.configmaps, configMap('wl', {}, { watchlist: 'yes' }));
  const query =
    'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&labelSelector=watchlist';
  const { events, end } = watch(`${CONFIG_MAPS}?${query}`);
  await eventually(() => events.length === 2, { what: 'the initial events' });
  assert.deepEqual(summary(events), ['ADDED wl', 'BOOKMARK']);
  assert.equal(events[1]?.object.metadata.annotations?.['k8s.io/initial-events-end'], 'true');
  await client.delete(resources.configmaps, 'wl', { namespace: 'default' });
  await eventually(() => events.length === 3, { what: 'the deletion' });
  end();
  const answer = await raw(cluster, `${CONFIG_MAPS}?watch=true&sendInitialEvents=true`);
  assert.equal(answer.code, 422);
  assert.match(answer.text, /sendInitialEvents requires setting resourceVersionMatch to NotOlderThan/);
});

test('a watch resumes from a resourceVersion, and sees an object enter and leave its selection', async () => {
  const { client } = cluster.server;
  const { resourceVersion } = await client.list(resources.configmaps, { namespace: 'default' });
  const created = await client.create(resources.configmaps, configMap('sel'));
  const chosen = { ...created, metadata: { ...created.metadata, labels: { pick: 'me' } } };
  const updated = await client.update(resources.configmaps, chosen);
  await client.update(resources.configmaps, { ...updated, data: { a: '1' } });
  await client.patch(
    resources.configmaps,
    'sel',
    { type: 'merge', body: { metadata: { labels: null } } },
    { namespace: 'default' },
  );
  await client.delete(resources.configmaps, 'sel', { namespace: 'default' });
  const { events, end } = watch(
    `${CONFIG_MAPS}?watch=1&resourceVersion=${resourceVersion}&labelSelector=pick%3Dme`,
  );
  await eventually(() => events.length >= 3, { what: 'the replay' });
  assert.deepEqual(summary(events), ['ADDED sel', 'MODIFIED sel', 'DELETED sel']);
  end();
});

test('a watch of tables sends the columns once', async () => {
  const accept = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
  const { events, end } = watch(`/api/v1/namespaces?watch=true`, accept);
  await eventually(() => events.length >= 3, { what: 'the namespaces' });
  const tables = events.map(
    ({ object }) => object as unknown as { kind: string; columnDefinitions: unknown[] },
  );
  assert.deepEqual(
    tables.slice(0, 2).map(({ kind, columnDefinitions }) => [kind, columnDefinitions.length > 0]),
    [
      ['Table', true],
      ['Table', false],
    ],
  );
  end();
});

test('a watch ends after timeoutSeconds, and one from the future is refused', async () => {
  const { ended, events } = watch(`/api/v1/nodes?watch=true&timeoutSeconds=1`);
  await ended;
  assert.deepEqual(events, []);
  const { code, text } = await raw(cluster, `${CONFIG_MAPS}?watch=true&resourceVersion=999999`);
  assert.equal(code, 504);
  assert.match(text, /Too large resource version: 999999/);
});

test('pages of a list show one moment', async () => {
  const { client } = cluster.server;
  for (const name of ['p1', 'p2', 'p3'])
    await client.create(resources.configmaps, configMap(name, {}, { page: 'yes' }));
  const page = async (query: string) =>
    JSON.parse((await raw(cluster, `${CONFIG_MAPS}?labelSelector=page&limit=2${query}`)).text) as {
      metadata: { continue?: string; resourceVersion: string };
      items: KubeObject[];
    };
  const first = await page('');
  assert.deepEqual(
    first.items.map(({ metadata }) => metadata.name),
    ['p1', 'p2'],
  );
  await client.delete(resources.configmaps, 'p3', { namespace: 'default' });
  const second = await page(`&continue=${first.metadata.continue}`);
  assert.deepEqual(
    second.items.map(({ metadata }) => metadata.name),
    ['p3'],
  );
  assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
  assert.equal(second.metadata.continue, undefined);
  assert.equal((await raw(cluster, `${CONFIG_MAPS}?limit=1&continue=nonsense`)).code, 400);
});
