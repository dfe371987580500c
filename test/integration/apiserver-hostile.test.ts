// Hostile requests against the API server: whatever comes, the answer is a refusal, never a failure of the server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { ADMIN_TOKEN, type Cluster, startCluster } from './apiserver/cluster.ts';
import { raw } from './apiserver/raw.ts';

let cluster: Cluster;

before(async () => {
  cluster = await startCluster();
});

after(async () => {
  await cluster[Symbol.asyncDispose]();
});

const segment = fc.oneof(
  fc.constantFrom(
    'api',
    'apis',
    'v1',
    'namespaces',
    'default',
    'pods',
    'configmaps',
    'tekton.dev',
    'taskruns',
    'status',
    'log',
  ),
  fc.constantFrom('..', '.', '', '__proto__', 'constructor', 'toString', '%2e%2e', '%00', '%ff', 'a%2Fb'),
  fc.webSegment(),
);
const query = fc.dictionary(
  fc.constantFrom(
    'watch',
    'limit',
    'continue',
    'labelSelector',
    'fieldSelector',
    'resourceVersion',
    'dryRun',
    'force',
    'fieldValidation',
    'propagationPolicy',
    'resourceVersionMatch',
    'sendInitialEvents',
    'gracePeriodSeconds',
  ),
  fc.oneof(
    fc.string(),
    fc.constantFrom('true', '-1', '1e9', '__proto__', 'a in (b', 'a=b,c', 'Exact', 'All', 'eyJydiI6MX0'),
  ),
);
const mediaType = fc.constantFrom(
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'constructor',
  '',
);
const body = fc.oneof(
  fc.json().map((text) => Buffer.from(text)),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.uint8Array().map((bytes) => Buffer.concat([Buffer.from('k8s\0'), bytes])),
  fc
    .object()
    .map((value) =>
      Buffer.from(
        JSON.stringify({ metadata: { name: 'x' }, spec: value, data: value, rules: value, status: value }),
      ),
    ),
  fc.jsonValue().map((value) =>
    Buffer.from(
      JSON.stringify([
        { op: 'add', path: '/metadata', value },
        { op: 'copy', from: '', path: '/spec' },
      ]),
    ),
  ),
);
const accept = fc.constantFrom(
  'application/json',
  '*/*',
  'application/yaml',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=constructor;g=__proto__',
  ';;;=',
);

async function answerOf(
  method: string,
  path: string,
  headers: Record<string, string>,
  bytes?: Buffer,
): Promise<number> {
  const options = { method, headers, ...(bytes && method !== 'GET' ? { body: bytes } : {}) };
  const { code, text } = await raw(cluster, path, options);
  assert.ok(
    code < 500 || code === 504,
    `${method} ${path} ${JSON.stringify(headers)} ${bytes?.toString('latin1')}: ${code} ${text}`,
  );
  return code;
}

test('random paths, parameters, types and bodies get no 5xx', async () => {
  const method = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS');
  await fc.assert(
    fc.asyncProperty(
      method,
      fc.array(segment, { maxLength: 7 }),
      query,
      mediaType,
      accept,
      body,
      async (verb, parts, parameters, type, wanted, bytes) => {
        const search = new URLSearchParams({ ...parameters, timeoutSeconds: '1' });
        search.delete('watch');
        await answerOf(
          verb,
          `/${parts.join('/')}?${search}`,
          { 'content-type': type, accept: wanted },
          bytes,
        );
      },
    ),
    { numRuns: 1500 },
  );
});

test('random bodies for real kinds get no 5xx', async () => {
  const path = fc.constantFrom(
    '/api/v1/namespaces',
    '/api/v1/namespaces/default/pods',
    '/api/v1/namespaces/default/secrets',
    '/api/v1/namespaces/default/persistentvolumeclaims',
    '/api/v1/namespaces/default/serviceaccounts/default/token',
    '/apis/tekton.dev/v1/namespaces/default/taskruns',
    '/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings',
    '/apis/rbac.authorization.k8s.io/v1/clusterroles',
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    '/apis/authentication.k8s.io/v1/tokenreviews',
  );
  await fc.assert(
    fc.asyncProperty(path, mediaType, body, async (at, type, bytes) => {
      await answerOf('POST', at, { 'content-type': type }, bytes);
      await answerOf('PATCH', `${at}/x?fieldManager=f`, { 'content-type': type }, bytes);
    }),
    { numRuns: 1500 },
  );
});

const attacks: [name: string, method: string, path: string, headers: Record<string, string>, body: string][] =
  [
    ['a path out of the API', 'GET', '/api/v1/namespaces/..%2f..%2fetc/pods/passwd', {}, ''],
    [
      'a prototype as a label',
      'POST',
      '/api/v1/namespaces/default/configmaps',
      {},
      '{"metadata":{"name":"p","labels":{"__proto__":{"polluted":true}}}}',
    ],
    [
      'a JSON nested 100,000 times',
      'POST',
      '/api/v1/namespaces/default/configmaps',
      {},
      '['.repeat(100_000) + ']'.repeat(100_000),
    ],
    [
      'YAML aliases that explode',
      'POST',
      '/api/v1/namespaces/default/configmaps',
      { 'content-type': 'application/yaml' },
      `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n`,
    ],
    ['a selector that backtracks', 'GET', `/api/v1/pods?labelSelector=${'a'.repeat(5000)}!`, {}, ''],
    ['a token of a megabyte', 'GET', '/api/v1/pods', { authorization: `Bearer ${'x'.repeat(10_000)}` }, ''],
    [
      'a token without a signature',
      'GET',
      '/api/v1/pods',
      {
        authorization: `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"system:admin"}').toString('base64url')}.`,
      },
      '',
    ],
    [
      'a header line in a warning',
      'POST',
      '/api/v1/namespaces/default/configmaps',
      {},
      '{"metadata":{"name":"h"},"evil\\r\\nset-cookie: x":1}',
    ],
  ];

for (const [name, method, path, headers, text] of attacks) {
  test(`${name} is harmless`, async () => {
    const type = { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_TOKEN}`, ...headers };
    const started = performance.now();
    await answerOf(method, path, type, Buffer.from(text));
    assert.ok(performance.now() - started < 1000, 'it took more than a second');
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  });
}

test('the server is well after all that', async () => {
  assert.equal((await raw(cluster, '/readyz')).text, 'ok');
  assert.equal((await raw(cluster, '/api/v1/namespaces')).code, 200);
});
