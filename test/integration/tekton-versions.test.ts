// The real kubectl and tekton.dev's older versions: objects stay as they were written, and are read in every version.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { olderTektonTypes } from '@slipway/apiserver';
import { type KubeObject, olderResources, parseManifests, resources, type TaskRun } from '@slipway/kube';
import { convertVersion, tektonAdmission } from '@slipway/tekton';
import { eventually } from '@slipway/testkit';
import { type Cluster, startCluster } from './apiserver/cluster.ts';
import { commands } from './apiserver/commands.ts';

let cluster: Cluster;
const { kubectl, refused } = commands(() => cluster);
const alpha = olderResources.find(({ plural, version }) => plural === 'taskruns' && version === 'v1alpha1')!;

before(async () => {
  const extraTypes = olderTektonTypes(convertVersion);
  cluster = await startCluster({ admission: [tektonAdmission()], extraTypes });
});

after(async () => {
  await cluster[Symbol.asyncDispose]();
});

/** A Task as people wrote them in 2019, escapes, folded lines and blanks at their ends included. */
const task = (name: string, dockerfile = '/workspace/source/Dockerfile'): string => `
apiVersion: tekton.dev/v1alpha1
kind: Task
metadata:
  name: ${name}
spec:
  inputs:
    resources:
      - name: source
        type: git
    params:
      - name: dockerfile
        default: ${dockerfile}
  outputs:
    resources:
      - name: image
        type: image
  steps:
    - name: build
      image: builder
      command:
        - sh
        - -c
        - "cd \${inputs.params.dockerfile} && \\
           build -f x || echo none && \\ 
           push --creds=sa:$(cat /var/run/token) \${outputs.resources.image.url}  \\
           --home=\${HOME}
          "
`;
const COMMAND =
  'cd ${inputs.params.dockerfile} && build -f x || echo none &&   push --creds=sa:$(cat /var/run/token) ${outputs.resources.image.url}  --home=${HOME} ';
const MODERN =
  'cd $(params.dockerfile) && build -f x || echo none &&   push --creds=sa:$(cat /var/run/token) $(resources.outputs.image.url)  --home=${HOME} ';

const run = (name: string, more = ''): string => `
apiVersion: tekton.dev/v1alpha1
kind: TaskRun
metadata:
  name: ${name}
spec:
  serviceAccount: pipeline
  taskRef: {name: build}
  inputs:
    resources: [{name: source, resourceRef: {name: demo-git}}]
${more}`;

const resource = `
apiVersion: tekton.dev/v1alpha1
kind: PipelineResource
metadata: {name: demo-git}
spec:
  type: git
  params: [{name: url, value: "https://git.example.com/demo"}]
`;

const specOf = async (what: string): Promise<Record<string, unknown>> =>
  JSON.parse(await kubectl(`get ${what} -o jsonpath={.spec}`));
const read = (text: string): KubeObject => parseManifests(text, 'test.yaml')[0]!.object;

test('apply stores a Task as it was written; v1 and v1beta1 show it in their words', async () => {
  assert.equal(await kubectl('apply -f -', task('build')), 'task.tekton.dev/build created\n');
  assert.equal(await kubectl('apply -f -', task('build')), 'task.tekton.dev/build unchanged\n');
  const alphaSpec = await specOf('tasks.v1alpha1.tekton.dev build');
  assert.deepEqual(alphaSpec, read(task('build')).spec, 'kubectl reads YAML as we do');
  const command = (spec: Record<string, unknown>): string =>
    (spec.steps as { command: string[] }[])[0]!.command[2]!;
  assert.equal(command(alphaSpec), COMMAND);
  for (const version of ['v1beta1', 'v1']) {
    const spec = await specOf(`tasks.${version}.tekton.dev build`);
    assert.equal(command(spec), MODERN);
    assert.equal('inputs' in spec, false);
    assert.equal('resources' in spec, version === 'v1beta1');
  }
  const annotation = await kubectl(
    'get task build -o jsonpath={.metadata.annotations.tekton\\.dev/v1beta1Resources}',
  );
  assert.deepEqual(JSON.parse(annotation), {
    inputs: [{ name: 'source', type: 'git' }],
    outputs: [{ name: 'image', type: 'image' }],
  });
  const changed = task('build', '/workspace/source/other');
  assert.equal(await kubectl('apply -f -', changed), 'task.tekton.dev/build configured\n');
  assert.deepEqual(await specOf('tasks.v1alpha1.tekton.dev build'), read(changed).spec);
});

test('what another version changes of the metadata leaves the spec as it was written', async () => {
  await kubectl('apply -f -', task('labelled'));
  await kubectl('label task labelled color=blue');
  await kubectl('annotate tasks.v1beta1.tekton.dev labelled note=x');
  assert.deepEqual(await specOf('tasks.v1alpha1.tekton.dev labelled'), read(task('labelled')).spec);
  const { metadata } = JSON.parse(
    await kubectl('get tasks.v1alpha1.tekton.dev labelled -o json'),
  ) as KubeObject;
  assert.deepEqual(metadata.labels, { color: 'blue' });
  assert.equal(metadata.annotations?.note, 'x');
  assert.equal(metadata.annotations?.['tekton.dev/v1beta1Resources'], undefined);
  assert.equal(metadata.generation, 1);
});

test('a change of the spec makes it an object of the version that changed it', async () => {
  await kubectl('apply -f -', task('moved'));
  const patch = '[{"op":"replace","path":"/spec/steps/0/image","value":"other"}]';
  await kubectl(`patch task moved --type=json -p ${patch}`);
  const spec = await specOf('tasks.v1alpha1.tekton.dev moved');
  assert.equal('inputs' in spec, false);
  assert.deepEqual(spec.resources, {
    inputs: [{ name: 'source', type: 'git' }],
    outputs: [{ name: 'image', type: 'image' }],
  });
  assert.equal(await kubectl('get task moved -o jsonpath={.metadata.generation}'), '2');
});

test('server-side apply and merge patches work on an older version', async () => {
  const apply = 'apply --server-side --field-manager=one -f -';
  await kubectl(apply, task('ssa'));
  await kubectl(apply, task('ssa', '/other'));
  assert.deepEqual(await specOf('tasks.v1alpha1.tekton.dev ssa'), read(task('ssa', '/other')).spec);
  const { stderr } = await refused('apply --server-side --field-manager=two -f -', task('ssa', '/third'));
  assert.match(stderr, /conflict with "one": \.spec\.inputs\.params/);
  await kubectl('patch tasks.v1alpha1.tekton.dev ssa --type=merge -p {"spec":{"outputs":null}}').then(
    () => assert.fail('the step still refers to the output'),
    (error) => assert.match(String(error), /non-existent variable/),
  );
});

test('an author who goes from one version to another and back gets what the file says', async () => {
  const converted = (name: string): string => `
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: ${name}}
spec:
  params: [{name: dockerfile}]
  workspaces: [{name: source}]
  steps: [{name: build, image: builder, args: ["$(params.dockerfile)"]}]
`;
  const apply = { client: 'apply -f -', server: 'apply --server-side -f -' };
  for (const [name, command] of Object.entries(apply)) {
    await kubectl(command, task(name));
    await kubectl(command, converted(name));
    const annotations = await kubectl(`get task ${name} -o jsonpath={.metadata.annotations}`);
    assert.doesNotMatch(annotations, /v1beta1Resources/, 'the new Task wants no resources');
    assert.deepEqual((await specOf(`task ${name}`)).workspaces, [{ name: 'source' }]);
    await kubectl(command, task(name));
    assert.deepEqual(await specOf(`tasks.v1alpha1.tekton.dev ${name}`), read(task(name)).spec);
  }
});

test('the columns and the discovery that people know', async () => {
  await kubectl('apply -f -', resource);
  const lines = (await kubectl('get pipelineresources')).trim().split('\n');
  assert.match(lines[0]!, /^NAME +TYPE +AGE$/);
  assert.match(lines[1]!, /^demo-git +git +\d+s$/);
  assert.match(await kubectl('get taskruns.v1alpha1.tekton.dev'), /^$|NAME +SUCCEEDED/);
  const kinds = await kubectl('api-resources --api-group=tekton.dev --no-headers');
  assert.match(kinds, /^pipelineresources +tekton\.dev\/v1alpha1 +true +PipelineResource$/m);
  assert.match(kinds, /^tasks +tekton\.dev\/v1 +true +Task$/m, 'v1 is preferred');
  const versions = (await kubectl('api-versions')).split('\n').filter((line) => line.startsWith('tekton'));
  assert.deepEqual(versions.sort(), ['tekton.dev/v1', 'tekton.dev/v1alpha1', 'tekton.dev/v1beta1']);
  assert.match(
    await kubectl('explain tasks.spec.inputs --api-version=tekton.dev/v1alpha1'),
    /params\s+<\[\]ParamSpec>/,
  );
  assert.match(await kubectl('explain pipelineresource.spec.secrets'), /fieldName\s+<string> -required-/);
});

const condition = (check: string): string => `
apiVersion: tekton.dev/v1alpha1
kind: Condition
metadata: {name: file-exists}
spec:
  params: [{name: path, default: Dockerfile}]
  resources: [{name: source, type: git}]
  check:
    image: alpine
    ${check}
`;

test('a Condition is stored as it was written, listed and explained, and refused by field', async () => {
  const written = condition('command: [test, -f, "${resources.source.path}/$(params.path)"]');
  assert.equal(await kubectl('apply -f -', written), 'condition.tekton.dev/file-exists created\n');
  assert.equal(await kubectl('apply -f -', written), 'condition.tekton.dev/file-exists unchanged\n');
  assert.deepEqual(await specOf('condition file-exists'), read(written).spec);
  assert.match(await kubectl('get conditions'), /^NAME +AGE\nfile-exists +\d+s\n$/);
  assert.match(await kubectl('explain condition.spec.check.script'), /script <string>/);
  const explained = await kubectl('explain pipeline.spec.tasks.conditions --api-version=tekton.dev/v1beta1');
  assert.match(explained, /conditionRef\s+<string> -required-/);
  const wrong = condition('args: ["$(params.nope)"]');
  assert.match(
    (await refused('apply -f -', wrong)).stderr,
    /non-existent variable in "\$\(params\.nope\)": spec\.check\.args\[0\]/,
  );
  const unknown = await refused('apply -f -', condition('argz: [a]'));
  assert.match(unknown.stderr, /unknown field "spec\.check\.argz"/);
});

test('a ClusterTask is served in the versions that had it, without a namespace', async () => {
  await kubectl('apply -f -', task('everywhere').replace('kind: Task', 'kind: ClusterTask'));
  const stored = JSON.parse(await kubectl('get clustertasks.v1alpha1.tekton.dev everywhere -o json'));
  assert.equal(stored.metadata.namespace, undefined);
  assert.equal(stored.spec.steps[0].command[2], COMMAND);
  const { resources: declared } = await specOf('clustertask everywhere');
  assert.deepEqual(declared, {
    inputs: [{ name: 'source', type: 'git' }],
    outputs: [{ name: 'image', type: 'image' }],
  });
  const wrong = task('wrong')
    .replace('kind: Task', 'kind: ClusterTask')
    .replace('builder', '${inputs.params.no}');
  assert.match((await refused('apply -f -', wrong)).stderr, /non-existent variable.*spec\.steps\[0\]\.image/);
});

test('refusals name the field as it was written', async () => {
  const unknown = await refused(
    'apply -f -',
    task('wrong').replace('type: git', 'type: git\n        path: x'),
  );
  assert.match(
    unknown.stderr,
    /Task in version "v1alpha1".*unknown field "spec\.inputs\.resources\[0\]\.path"/,
  );
  const missing = await refused('apply -f -', task('wrong').replace('type: git', 'optional: true'));
  assert.match(missing.stderr, /spec\.inputs\.resources\[0\]\.type: Required value/);
  const variable = await refused(
    'apply -f -',
    task('wrong').replace('image: builder', 'image: ${inputs.params.no}'),
  );
  assert.match(
    variable.stderr,
    /non-existent variable in "\$\{inputs\.params\.no\}": spec\.steps\[0\]\.image/,
  );
  const v1 = await refused('apply -f -', task('wrong').replace('v1alpha1', 'v1'));
  assert.match(v1.stderr, /Task in version "v1".*unknown field "spec\.inputs"/);
});

test('the controller works in v1: its status and its patches reach the run as it was written', async () => {
  await kubectl('create -f -', run('written'));
  const { client } = cluster.server;
  const seen = await client.get<TaskRun>(resources.taskruns, 'written', 'default');
  assert.equal(seen.spec.serviceAccountName, 'pipeline');
  assert.equal(seen.spec.timeout, '1h0m0s');
  assert.equal(seen.metadata.labels?.['tekton.dev/task'], 'build');
  const digest = [{ key: 'commit', value: 'abc', resourceRef: { name: 'demo-git' } }];
  const status = {
    podName: 'written-pod',
    results: [{ name: 'r', value: 'v' }],
    annotations: { 'tekton.dev/v1beta1ResourcesResult': JSON.stringify(digest) },
  };
  const updated = await client.update(resources.taskruns, { ...seen, status }, { subresource: 'status' });
  assert.deepEqual((updated as TaskRun).status, status);
  const stored = await client.get(alpha, 'written', 'default');
  assert.deepEqual(stored.spec, read(run('written')).spec);
  assert.deepEqual(stored.status, {
    podName: 'written-pod',
    taskResults: status.results,
    resourcesResult: digest,
  });
  assert.deepEqual((await client.get<TaskRun>(resources.taskruns, 'written', 'default')).status, status);
  await client.patch(
    resources.taskruns,
    'written',
    { type: 'json', body: [{ op: 'replace', path: '/spec/status', value: 'TaskRunCancelled' }] },
    { namespace: 'default' },
  );
  assert.equal((await client.get<TaskRun>(alpha, 'written', 'default')).spec.status, 'TaskRunCancelled');
});

test('lists and watches show every object in the version that is asked for', async () => {
  const { client } = cluster.server;
  await kubectl('create ns lists');
  const namespace = 'lists';
  const ended = new AbortController();
  const events: string[] = [];
  const watching = (async () => {
    for await (const { type, object } of client.watch(resources.taskruns, {
      namespace,
      signal: ended.signal,
    })) {
      events.push(`${type} ${object.apiVersion} ${object.metadata.name}`);
    }
  })();
  await kubectl('create -n lists -f -', run('old'));
  await kubectl(
    'create -n lists -f -',
    '{apiVersion: tekton.dev/v1, kind: TaskRun, metadata: {name: new}, spec: {taskRef: {name: t}}}',
  );
  for (const type of [resources.taskruns, alpha]) {
    const { items } = await client.list(type, { namespace });
    assert.deepEqual(
      items.map(({ apiVersion, metadata }) => [apiVersion, metadata.name]),
      [
        [`tekton.dev/${type.version}`, 'new'],
        [`tekton.dev/${type.version}`, 'old'],
      ],
    );
  }
  await kubectl('label -n lists taskruns.v1alpha1.tekton.dev old color=blue');
  await kubectl('delete -n lists taskruns.v1alpha1.tekton.dev old');
  await eventually(() => events.length >= 4, { what: 'four events' });
  ended.abort();
  await watching;
  assert.deepEqual(events, [
    'ADDED tekton.dev/v1 old',
    'ADDED tekton.dev/v1 new',
    'MODIFIED tekton.dev/v1 old',
    'DELETED tekton.dev/v1 old',
  ]);
});

test('finalizers, owners and the end of a namespace are the same in every version', async () => {
  await kubectl('create ns ends');
  const finalizer = run('kept').replace('name: kept', 'name: kept\n  finalizers: [example.com/wait]');
  await kubectl('create -n ends -f -', finalizer);
  await kubectl('create -n ends -f -', run('owner'));
  const owner = await kubectl('get -n ends tr owner -o jsonpath={.metadata.uid}');
  const reference = `\n  ownerReferences: [{apiVersion: tekton.dev/v1, kind: TaskRun, name: owner, uid: ${owner}}]`;
  await kubectl('create -n ends -f -', run('owned').replace('name: owned', `name: owned${reference}`));
  await kubectl('delete -n ends tr owner');
  await kubectl('wait -n ends --for=delete tr/owned --timeout=10s');
  await kubectl('delete -n ends tr kept --wait=false');
  const patch = '{"metadata":{"finalizers":null}}';
  await kubectl(`patch -n ends taskruns.v1alpha1.tekton.dev kept --type=merge -p ${patch}`);
  assert.equal(await kubectl('get -n ends tr -o name'), '');
  await kubectl('create -n ends -f -', resource);
  await kubectl('create -n ends -f -', run('last'));
  await kubectl('delete ns ends --timeout=20s');
});
