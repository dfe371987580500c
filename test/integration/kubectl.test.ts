// The real kubectl against the API server: the commands of the daily work, and what they print.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { resources, type TaskRun } from '@slipway/kube';
import { eventually } from '@slipway/testkit';
import { type Cluster, startCluster } from './apiserver/cluster.ts';
import { commands, pod, taskRun } from './apiserver/commands.ts';

let cluster: Cluster;
const { kubectl, refused } = commands(() => cluster);

before(async () => {
  cluster = await startCluster();
});

after(async () => {
  await cluster[Symbol.asyncDispose]();
});

test('apply creates, updates and leaves alone', async () => {
  assert.equal(await kubectl('apply -f -', taskRun('applied')), 'taskrun.tekton.dev/applied created\n');
  assert.equal(await kubectl('apply -f -', taskRun('applied')), 'taskrun.tekton.dev/applied unchanged\n');
  assert.equal(
    await kubectl('apply -f -', taskRun('applied', 'false')),
    'taskrun.tekton.dev/applied configured\n',
  );
  const map = (data: string): string =>
    `{apiVersion: v1, kind: ConfigMap, metadata: {name: applied}, data: ${data}}`;
  assert.equal(await kubectl('apply -f -', map('{a: "1", b: "2"}')), 'configmap/applied created\n');
  assert.equal(await kubectl('apply -f -', map('{a: "1"}')), 'configmap/applied configured\n');
  assert.equal(await kubectl('get cm applied -o jsonpath={.data}'), '{"a":"1"}');
});

test('apply --server-side conflicts with another manager, and takes over when forced', async () => {
  const map = (value: string): string =>
    `{apiVersion: v1, kind: ConfigMap, metadata: {name: ssa}, data: {a: "${value}"}}`;
  await kubectl('apply --server-side --field-manager=one -f -', map('1'));
  await kubectl('apply --server-side --field-manager=two -f -', map('1'));
  const { stderr } = await refused('apply --server-side --field-manager=two -f -', map('2'));
  assert.match(stderr, /Apply failed with 1 conflict: conflict with "one": \.data\.a/);
  await kubectl('apply --server-side --field-manager=two --force-conflicts -f -', map('2'));
  assert.equal(await kubectl('get cm ssa -o jsonpath={.data.a}'), '2');
});

test('an unknown field is refused with its path, in the words of Kubernetes', async () => {
  const { stderr } = await refused('apply -f -', taskRun('wrong').replace('steps:', 'stepss:'));
  assert.match(
    stderr,
    /Error from server \(BadRequest\): .*TaskRun in version "v1" cannot be handled as a TaskRun: strict decoding error: unknown field "spec\.taskSpec\.stepss"/,
  );
  const warned = await cluster.kubectl(['create', '--validate=warn', '-f', '-'], {
    input: taskRun('warned').replace('script:', 'skript: "x", script:'),
  });
  assert.match(warned.stderr, /Warning: unknown field "spec\.taskSpec\.steps\[0\]\.skript"/);
  assert.equal(warned.code, 0);
});

test('a wrong value names the field', async () => {
  const { stderr } = await refused('apply -f -', pod('Wrong_Name'));
  assert.match(stderr, /The Pod "Wrong_Name" is invalid: metadata\.name: Invalid value: "Wrong_Name"/);
});

test('get shows the columns that people know', async () => {
  await kubectl('apply -f -', pod('columns'));
  await kubectl('apply -f -', taskRun('columns'));
  const header = async (line: string): Promise<string[]> =>
    (await kubectl(line))
      .split('\n', 1)[0]!
      .trim()
      .split(/\s{2,}/);
  assert.deepEqual(await header('get pods'), ['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE']);
  assert.deepEqual((await header('get pods -o wide')).slice(5), [
    'IP',
    'NODE',
    'NOMINATED NODE',
    'READINESS GATES',
  ]);
  assert.deepEqual(await header('get tr'), ['NAME', 'SUCCEEDED', 'REASON', 'STARTTIME', 'COMPLETIONTIME']);
  assert.deepEqual((await header('get sa -A')).slice(0, 2), ['NAMESPACE', 'NAME']);
  assert.equal(await kubectl('get pod columns -o name'), 'pod/columns\n');
  assert.match(await kubectl('get pod columns -o yaml'), /^ {2}serviceAccountName: default$/m);
  const list = JSON.parse(await kubectl('get pods -o json')) as { kind: string; items: unknown[] };
  assert.equal(list.kind, 'List');
  assert.match(await kubectl('describe pod columns'), /kube-api-access-.* \(ro\)/);
  assert.match(await kubectl('get --chunk-size=1 sa,cm -A'), /kube-root-ca\.crt/);
});

test('get -w shows changes as they happen', async () => {
  const watcher = cluster.start(['get', 'cm', '-w', '--output-watch-events']);
  let seen = '';
  watcher.stdout?.on('data', (chunk) => {
    seen += chunk;
  });
  try {
    await eventually(() => /ADDED.*kube-root-ca\.crt/.test(seen), { what: 'the first list' });
    await kubectl('create configmap watched --from-literal=a=1');
    await kubectl('delete configmap watched');
    await eventually(() => /ADDED +watched +1[\s\S]*DELETED +watched/.test(seen), { what: 'both events' });
  } finally {
    watcher.kill();
  }
});

test('wait sees a condition, a field and a deletion', async () => {
  await kubectl('apply -f -', taskRun('awaited'));
  const { client } = cluster.server;
  const waiting = kubectl('wait --for=condition=Succeeded tr/awaited --timeout=20s');
  const field = kubectl('wait --for=jsonpath={.status.podName}=p tr/awaited --timeout=20s');
  const run = await client.get<TaskRun>(resources.taskruns, 'awaited', 'default');
  const conditions = [{ type: 'Succeeded', status: 'True' as const, reason: 'Succeeded' }];
  await client.update(
    resources.taskruns,
    { ...run, status: { podName: 'p', conditions } },
    { subresource: 'status' },
  );
  assert.match(await waiting, /condition met/);
  assert.match(await field, /condition met/);
  const gone = kubectl('wait --for=delete tr/awaited --timeout=20s');
  await kubectl('delete tr awaited');
  await gone;
});

test('create makes configmaps and secrets from files and literals', async () => {
  const file = await cluster.file('config.json', '{"auths":{}}');
  await kubectl(`create configmap docker-config --from-file=config.json=${file}`);
  assert.equal(await kubectl('get cm docker-config -o jsonpath={.data.config\\.json}'), '{"auths":{}}');
  await kubectl('create secret generic generic --from-literal=password=s3cret');
  assert.equal(
    await kubectl('get secret generic -o jsonpath={.data.password}'),
    Buffer.from('s3cret').toString('base64'),
  );
  await kubectl(
    'create secret docker-registry pull --docker-server=r.example --docker-username=u --docker-password=p',
  );
  assert.equal(await kubectl('get secret pull -o jsonpath={.type}'), 'kubernetes.io/dockerconfigjson');
  assert.doesNotMatch(await kubectl('describe secret generic'), /s3cret/);
  assert.match((await refused('create secret generic generic')).stderr, /secrets "generic" already exists/);
});

test('label and annotate change metadata only', async () => {
  await kubectl('create configmap labelled');
  await kubectl('label cm labelled a=b');
  await kubectl('annotate cm labelled note=text');
  assert.equal(await kubectl('get cm -l a=b -o name'), 'configmap/labelled\n');
  assert.match((await refused('label cm labelled a=c')).stderr, /already has a value/);
  await kubectl('label cm labelled a-');
  assert.equal(await kubectl('get cm -l a=b -o name'), '');
  assert.match(
    (await refused('get pods --field-selector=spec.nothing=x')).stderr,
    /field label not supported: spec\.nothing/,
  );
});

test('deleting an owner deletes what it owns, or orphans it', async () => {
  for (const [name, option] of [
    ['background', ''],
    ['foreground', ' --cascade=foreground'],
    ['orphan', ' --cascade=orphan'],
  ]) {
    await kubectl(`create configmap owner-${name}`);
    const uid = await kubectl(`get cm owner-${name} -o jsonpath={.metadata.uid}`);
    const reference = `{apiVersion: v1, kind: ConfigMap, name: owner-${name}, uid: ${uid}, blockOwnerDeletion: true}`;
    await kubectl(
      'apply -f -',
      `{apiVersion: v1, kind: ConfigMap, metadata: {name: owned-${name}, ownerReferences: [${reference}]}}`,
    );
    await kubectl(`delete cm owner-${name}${option}`);
  }
  await eventually(async () => (await kubectl('get cm -o name')).match(/owned-/g)?.length === 1, {
    what: 'the collection',
  });
  assert.equal(await kubectl('get cm owned-orphan -o jsonpath={.metadata.ownerReferences}'), '');
});

test('a finalizer keeps a deleted object until it is removed', async () => {
  await kubectl(
    'apply -f -',
    '{apiVersion: v1, kind: ConfigMap, metadata: {name: kept, finalizers: [example.com/keep]}}',
  );
  await kubectl('delete cm kept --wait=false');
  assert.notEqual(await kubectl('get cm kept -o jsonpath={.metadata.deletionTimestamp}'), '');
  await cluster.kubectl([
    'patch',
    'cm',
    'kept',
    '--type=json',
    '-p',
    '[{"op":"remove","path":"/metadata/finalizers"}]',
  ]);
  await refused('get cm kept');
});

test('deleting a namespace deletes its contents, and nothing may be created meanwhile', async () => {
  await kubectl('create namespace doomed');
  await kubectl('apply -n doomed -f -', pod('doomed'));
  await kubectl(
    'apply -n doomed -f -',
    '{apiVersion: v1, kind: ConfigMap, metadata: {name: kept, finalizers: [example.com/keep]}}',
  );
  await kubectl('delete namespace doomed --wait=false');
  assert.match(await kubectl('get namespace doomed'), /Terminating/);
  assert.match(
    (await refused('create configmap late -n doomed')).stderr,
    /unable to create new content in namespace doomed because it is being terminated/,
  );
  await cluster.kubectl([
    'patch',
    '-n',
    'doomed',
    'cm',
    'kept',
    '--type=merge',
    '-p',
    '{"metadata":{"finalizers":null}}',
  ]);
  await kubectl('wait --for=delete namespace/doomed --timeout=20s');
  assert.match((await refused('create configmap late -n doomed')).stderr, /namespaces "doomed" not found/);
  assert.match((await refused('delete namespace default')).stderr, /this namespace may not be deleted/);
});

test('explain, api-resources and api-versions know the kinds', async () => {
  assert.match(await kubectl('explain taskrun.spec.taskSpec.steps.image'), /FIELD: image <string>/);
  assert.match(await kubectl('explain pod.spec --recursive'), /containers/);
  assert.match(await kubectl('api-resources'), /taskruns +tr,trs +tekton\.dev\/v1 +true +TaskRun/);
  const versions = (await kubectl('api-versions')).trim().split('\n');
  for (const version of [
    'authentication.k8s.io/v1',
    'authorization.k8s.io/v1',
    'rbac.authorization.k8s.io/v1',
    'security.openshift.io/v1',
    'tekton.dev/v1',
    'v1',
  ]) {
    assert.ok(versions.includes(version), version);
  }
});

test('replace, edit by patch, and a dry run', async () => {
  await kubectl('create configmap replaced --from-literal=a=1');
  const object = JSON.parse(await kubectl('get cm replaced -o json')) as { data: object };
  await kubectl('replace -f -', JSON.stringify({ ...object, data: { a: '2' } }));
  assert.match(
    (await refused('replace -f -', JSON.stringify(object))).stderr,
    /the object has been modified; please apply your changes to the latest version/,
  );
  await kubectl('patch cm replaced --type=merge -p {"data":{"b":"3"}} --dry-run=server');
  assert.equal(await kubectl('get cm replaced -o jsonpath={.data}'), '{"a":"2"}');
  await kubectl('create configmap never --dry-run=server');
  await refused('get cm never');
});

test('logs of a pod that has not started, and of a container that is not there', async () => {
  await kubectl('apply -f -', pod('silent'));
  assert.match(
    (await refused('logs silent')).stderr,
    /container "c" in pod "silent" is waiting to start: ContainerCreating/,
  );
  assert.match((await refused('logs silent -c other')).stderr, /container other is not valid for pod silent/);
});

for (const version of ['1.27', '1.28', '1.29', '1.31', '1.33']) {
  test(`kubectl ${version} works, too`, async (t) => {
    const program = `/usr/lib/google-cloud-sdk/bin/kubectl.${version}`;
    const { existsSync } = await import('node:fs');
    if (!existsSync(program)) return t.diagnostic(`${program} is not installed`);
    const name = `v${version.replace('.', '-')}`;
    const run = async (line: string, input = ''): Promise<string> => {
      const outcome = await cluster.kubectl(line.split(' '), { input, program });
      assert.equal(outcome.code, 0, outcome.stderr);
      return outcome.stdout;
    };
    await run('apply -f -', taskRun(name));
    assert.match(await run('apply -f -', taskRun(name, 'false')), /configured/);
    await run('apply -f -', pod(name));
    assert.match(await run('apply -f -', pod(name)), /unchanged/);
    await run(`create configmap ${name} --from-literal=a=b`);
    await run(`create sa ${name}`);
    assert.match(await run(`get tr ${name}`), /SUCCEEDED/);
    assert.match(await run(`create token ${name}`), /^ey/);
    assert.equal(await run('auth can-i list pods'), 'yes\n');
    await run(`delete tr ${name}`);
  });
}
