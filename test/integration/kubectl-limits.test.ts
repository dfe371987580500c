// The real kubectl: LimitRanges, which pods get their limits from, and Services, which are only kept.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Cluster, startCluster } from './apiserver/cluster.ts';
import { commands, pod } from './apiserver/commands.ts';

let cluster: Cluster;
const { kubectl, refused } = commands(() => cluster);

before(async () => {
  cluster = await startCluster();
});

after(async () => {
  await cluster[Symbol.asyncDispose]();
});

test('a LimitRange gives containers their limits, and holds them to its bounds', async () => {
  await kubectl(
    'apply -f -',
    `apiVersion: v1
kind: LimitRange
metadata: {name: sizes}
spec:
  limits:
    - {type: Container, default: {memory: 256Mi}, defaultRequest: {cpu: 100m}, max: {memory: 1Gi}, min: {cpu: 50m}}
    - {type: Pod, max: {memory: 2Gi}}
`,
  );
  assert.match(await kubectl('get limits'), /^NAME +CREATED AT\nsizes +\d{4}-/);
  await kubectl('apply -f -', pod('plain', ''));
  const own = JSON.parse(await kubectl('get pod plain -o jsonpath={.spec.containers[0].resources}'));
  assert.deepEqual(own, {
    limits: { memory: '256Mi' },
    requests: { cpu: '100m', memory: '256Mi' },
  });
  await kubectl('apply -f -', pod('sized', ', resources: {limits: {memory: 512Mi}, requests: {cpu: 60m}}'));
  const sized = JSON.parse(await kubectl('get pod sized -o jsonpath={.spec.containers[0].resources}'));
  assert.deepEqual(sized, {
    limits: { memory: '512Mi' },
    requests: { cpu: '60m', memory: '512Mi' },
  });
  const large = await refused('apply -f -', pod('large', ', resources: {limits: {memory: 2Gi}}'));
  assert.match(large.stderr, /maximum memory usage per Container is 1Gi, but limit is 2Gi/);
  const small = await refused('apply -f -', pod('small', ', resources: {requests: {cpu: 10m}}'));
  assert.match(small.stderr, /minimum cpu usage per Container is 50m, but request is 10m/);
  await kubectl('delete limitrange sizes');
});

test('a Service is kept, and says that it forwards nothing', async () => {
  const service = `apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}, {name: tls, port: 443}]}
`;
  const file = await cluster.file('service.yaml', service);
  const { code, stderr } = await cluster.kubectl(['apply', '-f', file]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /Warning: this control plane keeps services and forwards nothing to them/);
  assert.match(
    await kubectl('get svc -o wide'),
    /^NAME +TYPE +CLUSTER-IP +EXTERNAL-IP +PORT\(S\) +AGE +SELECTOR\nweb +ClusterIP +None +<none> +80\/TCP,443\/TCP +\S+ +app=web/,
  );
  const changed = await cluster.file('changed.yaml', service.replace('443', '8443'));
  assert.match((await cluster.kubectl(['apply', '-f', changed])).stdout, /configured/);
  assert.match((await cluster.kubectl(['apply', '-f', changed])).stdout, /unchanged/);
  await kubectl('create service clusterip made --tcp=5678:8080');
  assert.equal(await kubectl('get service made -o jsonpath={.spec.ports[0].targetPort}'), '8080');
  assert.match(
    (await refused('create service nodeport bad --tcp=0')).stderr,
    /spec\.ports\[0\]\.port: Invalid value: 0: must be between 1 and 65535/,
  );
  await kubectl('delete service web made');
});
