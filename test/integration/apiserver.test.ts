// The API server over HTTPS, as clients that are none of ours see it: media types, watches, limits, restarts.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { PodLogSource } from '@slipway/apiserver';
import { type KubeObject, type Pod, resources } from '@slipway/kube';
import { type Cluster, startCluster } from './apiserver/cluster.ts';
import { type Answer, raw } from './apiserver/raw.ts';

let cluster: Cluster;
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
