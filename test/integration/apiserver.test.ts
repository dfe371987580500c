// The API server over HTTPS, as clients that are none of ours see it: media types, watches, limits, restarts.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { get, type RequestOptions } from 'node:https';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { ApiServer, type PodLogSource } from '@slipway/apiserver';
import { silentLogger } from '@slipway/core';
import { type ConfigMap, type KubeObject, type Pod, resources } from '@slipway/kube';
import { eventually, selfSignedCertificate, temporaryFolder } from '@slipway/testkit';
import { ADMIN_TOKEN, type Cluster, startCluster } from './apiserver/cluster.ts';
import { type Answer, raw } from './apiserver/raw.ts';

let cluster: Cluster;
const run = promisify(execFile);
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const JSON_TYPE = { 'content-type': 'application/json' };

const podLogs: PodLogSource = {
  open: async (_pod, options) =>
    (async function* () {
      const { signal: _, ...asked } = options;
      yield Buffer.from(`${JSON.stringify(asked)}\n`);
      yield Buffer.from('second line\n');
    })(),
};

before(async () => {
  cluster = await startCluster({ podLogs });
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

const answers: [
  name: string,
  want: number,
  path: string,
  options: Parameters<typeof raw>[2],
  text: RegExp,
][] = [
  [
    'a body of an unknown type',
    415,
    CONFIG_MAPS,
    { method: 'POST', body: 'x', headers: { 'content-type': 'text/csv' } },
    /unknown format/,
  ],
  [
    'a patch of an unknown type',
    415,
    `${CONFIG_MAPS}/x`,
    { method: 'PATCH', body: '{}', headers: JSON_TYPE },
    /json-patch\+json/,
  ],
  [
    'an answer in an unknown type',
    406,
    CONFIG_MAPS,
    { headers: { accept: 'image/png' } },
    /media types are accepted/,
  ],
  [
    'a body that is no JSON',
    400,
    CONFIG_MAPS,
    { method: 'POST', body: '{"a":', headers: JSON_TYPE },
    /not JSON/,
  ],
  [
    'a body that is no object',
    400,
    CONFIG_MAPS,
    { method: 'POST', body: '[]', headers: JSON_TYPE },
    /must be one object/,
  ],
  [
    'metadata that is no object',
    422,
    CONFIG_MAPS,
    { method: 'POST', body: '{"metadata":"x"}', headers: JSON_TYPE },
    /metadata/,
  ],
  [
    'another kind',
    400,
    CONFIG_MAPS,
    { method: 'POST', body: '{"kind":"Pod"}', headers: JSON_TYPE },
    /expected ConfigMap/,
  ],
  [
    'no name',
    422,
    CONFIG_MAPS,
    { method: 'POST', body: '{}', headers: JSON_TYPE },
    /name or generateName is required/,
  ],
  [
    'another namespace',
    400,
    CONFIG_MAPS,
    { method: 'POST', body: '{"metadata":{"name":"x","namespace":"y"}}', headers: JSON_TYPE },
    /does not match/,
  ],
  [
    'a body that is too large',
    413,
    CONFIG_MAPS,
    { method: 'POST', body: Buffer.alloc(3 * 1024 * 1024 + 1, 'x'), headers: JSON_TYPE },
    /limit is 3145728/,
  ],
  ['a path that is not there', 404, '/apis/nothing/v1/things', {}, /could not find/],
  ['a subresource that is not there', 404, `${CONFIG_MAPS}/x/status`, {}, /could not find/],
  ['a method that is not there', 405, CONFIG_MAPS, { method: 'PUT', body: '{}' }, /MethodNotAllowed/],
  ['a token that is not valid', 401, CONFIG_MAPS, { token: 'wrong' }, /Unauthorized/],
  [
    'no token',
    403,
    CONFIG_MAPS,
    { token: '' },
    /User \\"system:anonymous\\" cannot list resource \\"configmaps\\"/,
  ],
  ['health without a token', 200, '/readyz', { token: '' }, /^ok$/],
  ['discovery without a token', 403, '/apis', { token: '' }, /cannot get path/],
  [
    'OpenAPI v2 in protobuf',
    200,
    '/openapi/v2',
    { headers: { accept: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf' } },
    /fieldValidation/,
  ],
  ['OpenAPI v2 in JSON', 404, '/openapi/v2', {}, /NotFound/],
  ['the keys of the issuer', 200, '/openid/v1/jwks', {}, /"kty":"EC"/],
  [
    'a strategic patch of a custom kind',
    415,
    '/apis/tekton.dev/v1/namespaces/default/tasks/x',
    { method: 'PATCH', body: '{}', headers: { 'content-type': 'application/strategic-merge-patch+json' } },
    /merge-patch/,
  ],
];

for (const [name, want, path, options, text] of answers) {
  test(`${want} for ${name}`, async () => {
    const answer: Answer = await raw(cluster, path, options);
    assert.equal(answer.code, want, answer.text);
    assert.match(answer.text, text);
  });
}

test('fields that are twice are refused when validation is strict, and warned of otherwise', async () => {
  const body = '{"metadata":{"name":"twice"},"data":{"a":"1","a":"2"}}';
  const strict = await raw(cluster, `${CONFIG_MAPS}?fieldValidation=Strict`, {
    method: 'POST',
    body,
    headers: JSON_TYPE,
  });
  assert.match(strict.text, /strict decoding error: duplicate field \\"data\.a\\"/);
  const warned = await raw(cluster, CONFIG_MAPS, { method: 'POST', body, headers: JSON_TYPE });
  assert.equal(warned.code, 201);
  assert.match(String(warned.headers.warning), /299 - "duplicate field \\"data\.a\\""/);
});

test('YAML goes in and out', async () => {
  const headers = { 'content-type': 'application/yaml', accept: 'application/yaml' };
  const answer = await raw(cluster, CONFIG_MAPS, {
    method: 'POST',
    body: 'metadata: {name: yaml}\ndata: {a: b}\n',
    headers,
  });
  assert.equal(answer.code, 201, answer.text);
  assert.match(answer.text, /^data:\n {2}a: b$/m);
});

test('a JSON patch may replace a member that is not there', async () => {
  const base = '/apis/tekton.dev/v1/namespaces/default/taskruns';
  const body = JSON.stringify({ metadata: { generateName: 'run-' }, spec: { taskRef: { name: 't' } } });
  const created = JSON.parse(
    (await raw(cluster, base, { method: 'POST', body, headers: JSON_TYPE })).text,
  ) as KubeObject;
  assert.match(created.metadata.name, /^run-[a-z0-9]{5}$/);
  const cancel = JSON.stringify([{ op: 'replace', path: '/spec/status', value: 'TaskRunCancelled' }]);
  const headers = { 'content-type': 'application/json-patch+json' };
  const patched = await raw(cluster, `${base}/${created.metadata.name}`, {
    method: 'PATCH',
    body: cancel,
    headers,
  });
  assert.equal(patched.code, 200, patched.text);
  assert.equal((JSON.parse(patched.text) as KubeObject).metadata.generation, 2);
});

test('a running pod waits for its runner; one that is not running is gone at once', async () => {
  const { client } = cluster.server;
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'graceful', namespace: 'default' },
    spec: {
      containers: [{ name: 'c', image: 'busybox' }],
      nodeName: 'here',
      terminationGracePeriodSeconds: 7,
    },
  };
  await client.create(resources.pods, pod);
  await client.delete(resources.pods, 'graceful', { namespace: 'default' });
  const { metadata } = await client.get<Pod>(resources.pods, 'graceful', 'default');
  assert.equal(metadata.deletionGracePeriodSeconds, 7);
  await client.delete(resources.pods, 'graceful', { namespace: 'default', gracePeriodSeconds: 0 });
  await assert.rejects(client.get(resources.pods, 'graceful', 'default'), { code: 'KUBE_NOT_FOUND' });
});

test('the log of a container comes from the runner with all options', async () => {
  const { client } = cluster.server;
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'logs', namespace: 'default' },
    spec: {
      containers: [
        { name: 'a', image: 'i' },
        { name: 'b', image: 'i' },
      ],
    },
  };
  const stored = await client.create(resources.pods, pod);
  const status = { name: 'a', ready: true, restartCount: 0, image: 'i', imageID: '', state: { running: {} } };
  await client.update(
    resources.pods,
    { ...stored, status: { phase: 'Running', containerStatuses: [status] } },
    { subresource: 'status' },
  );
  const path = '/api/v1/namespaces/default/pods/logs/log';
  const { text } = await raw(
    cluster,
    `${path}?container=a&tailLines=5&timestamps=true&sinceSeconds=9&limitBytes=7`,
  );
  assert.deepEqual(JSON.parse(text.split('\n')[0]!), {
    container: 'a',
    follow: false,
    previous: false,
    timestamps: true,
    tailLines: 5,
    limitBytes: 7,
    sinceSeconds: 9,
  });
  assert.match(
    (await raw(cluster, path)).text,
    /a container name must be specified for pod logs, choose one of: \[a b\]/,
  );
  assert.match(
    (await raw(cluster, `${path}?container=a&previous=true`)).text,
    /previous terminated container/,
  );
});

test('acting as somebody else needs the right to', async () => {
  const { token } = await cluster.server.issueToken({ namespace: 'default', name: 'default' });
  const headers = { 'impersonate-user': 'admin', 'impersonate-group': 'system:masters' };
  const { code, text } = await raw(cluster, CONFIG_MAPS, { token, headers });
  assert.equal(code, 403);
  assert.match(text, /cannot impersonate resource \\"users\\"/);
});

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
