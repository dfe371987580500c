// What the API server keeps: over restarts, kills and a full disk; and how fast it tells.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { ApiServer } from '@slipway/apiserver';
import { silentLogger } from '@slipway/core';
import { type ConfigMap, resources } from '@slipway/kube';
import { eventually, selfSignedCertificate, temporaryFolder } from '@slipway/testkit';
import { type Cluster, startCluster } from './apiserver/cluster.ts';
import { raw } from './apiserver/raw.ts';

let cluster: Cluster;
const run = promisify(execFile);
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const JSON_TYPE = { 'content-type': 'application/json' };

before(async () => {
  cluster = await startCluster();
});

after(async () => {
  await cluster[Symbol.asyncDispose]();
});

function configMap(name: string, data: Record<string, string> = {}): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data };
}

test('a restart keeps objects and tokens, and watches resume or are told to list again', async () => {
  using folder = temporaryFolder();
  const { cert, key } = await selfSignedCertificate();
  const options = {
    stateDir: folder.path,
    listen: [],
    tls: { cert, key, ca: cert },
    issuerKeyFile: folder.join('issuer.pem'),
    logger: silentLogger,
  };
  const one = await ApiServer.start(options);
  await one.client.create(resources.configmaps, configMap('before'));
  const { resourceVersion } = await one.client.list(resources.configmaps);
  const { token } = await one.issueToken({ namespace: 'default', name: 'default' });
  await one.client.create(resources.configmaps, configMap('missed'));
  await one.close();
  const two = await ApiServer.start(options);
  try {
    assert.equal((await two.authenticate(token))?.username, 'system:serviceaccount:default:default');
    await two.client.get(resources.configmaps, 'before', 'default');
    const end = new AbortController();
    for await (const { type, object } of two.client.watch(resources.configmaps, {
      resourceVersion,
      signal: end.signal,
    })) {
      assert.equal(`${type} ${object.metadata.name}`, 'ADDED missed');
      end.abort();
    }
    for (let i = 0; i < 10_600; i++) {
      const body = { data: { i: String(i) } };
      await two.client.patch(
        resources.configmaps,
        'before',
        { type: 'merge', body },
        { namespace: 'default' },
      );
    }
    const expired = two.client.watch(resources.configmaps, {
      resourceVersion,
      signal: new AbortController().signal,
    });
    await assert.rejects(expired[Symbol.asyncIterator]().next(), { code: 'KUBE_EXPIRED' });
  } finally {
    await two.close();
  }
});

test('kill -9 in the middle of writes loses nothing that was acknowledged', async () => {
  using folder = temporaryFolder();
  const acknowledged = new Map<string, string>();
  for (let round = 0; round < 3; round++) {
    const writer = spawn(process.execPath, [join(import.meta.dirname, 'apiserver/writer.ts'), folder.path]);
    let text = '';
    writer.stdout.on('data', (chunk) => {
      text += chunk;
    });
    await eventually(() => text.split('\n').length > 100, { what: 'a hundred writes' });
    writer.kill('SIGKILL');
    await once(writer, 'close');
    for (const line of text.split('\n').slice(0, -1))
      acknowledged.set(...(line.split(' ') as [string, string]));
  }
  await using cluster = await startCluster({ stateDir: folder.path });
  const { items, resourceVersion } = await cluster.server.client.list(resources.configmaps, {
    namespace: 'default',
  });
  const stored = new Map(items.map(({ metadata }) => [metadata.name, metadata.resourceVersion]));
  for (const [name, version] of acknowledged) assert.equal(stored.get(name), version);
  assert.ok(Number(resourceVersion) >= Math.max(...[...acknowledged.values()].map(Number)));
});

test('from create to the event of a watch in process: 2 ms at most', async () => {
  const { client } = cluster.server;
  const end = new AbortController();
  const { resourceVersion } = await client.list(resources.configmaps);
  const arrivals = new Map<string, number>();
  const watching = (async () => {
    for await (const { object } of client.watch(resources.configmaps, {
      resourceVersion,
      signal: end.signal,
    })) {
      arrivals.set(object.metadata.name, performance.now());
      if (arrivals.size === 100) end.abort();
    }
  })();
  const times: number[] = [];
  const starts = new Map<string, number>();
  for (let i = 0; i < 100; i++) {
    starts.set(`fast-${i}`, performance.now());
    await client.create(resources.configmaps, configMap(`fast-${i}`));
  }
  await watching;
  for (const [name, start] of starts) times.push(arrivals.get(name)! - start);
  const median = times.sort((a, b) => a - b)[50]!;
  assert.ok(median <= 2, `the median is ${median.toFixed(2)} ms`);
});

test('a full disk refuses writes with 507, and the store stays whole', async () => {
  using folder = temporaryFolder();
  await run('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', folder.path]);
  try {
    await using small = await startCluster({ stateDir: folder.join('state') });
    const { client } = small.server;
    await client.create(resources.configmaps, configMap('before', { a: '1' }));
    await writeFile(folder.join('ballast'), Buffer.alloc(3 << 20)).catch(() => {});
    const path = `${CONFIG_MAPS}?fieldManager=x`;
    const body = (name: string): string => JSON.stringify(configMap(name, { big: 'x'.repeat(200_000) }));
    const refused = await raw(small, path, { method: 'POST', body: body('refused'), headers: JSON_TYPE });
    assert.equal(refused.code, 507, refused.text);
    assert.match(refused.text, /the disk of the state folder is full: nothing was stored/);
    await client.get(resources.configmaps, 'before', 'default');
    await assert.rejects(client.get(resources.configmaps, 'refused', 'default'), { code: 'KUBE_NOT_FOUND' });
    await rm(folder.join('ballast'));
    const stored = await raw(small, path, { method: 'POST', body: body('stored'), headers: JSON_TYPE });
    assert.equal(stored.code, 201, stored.text);
  } finally {
    await run('umount', [folder.path]);
  }
});
