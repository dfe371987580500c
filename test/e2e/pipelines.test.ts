// `slipway run` with Pipelines, as a user types it.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { execute, root, slipway } from '../cli.ts';
import { type SeededState, seededState } from '../seeded-state.ts';

let state: SeededState;
before(async () => {
  state = await seededState('busybox');
});
after(() => state?.[Symbol.asyncDispose]());

const example = (name: string): string => join(root, 'examples', name);

const pipelineRun = (...scripts: string[]): string => {
  const tasks = scripts.map(
    (script, index) =>
      `{name: t${index}, taskSpec: {steps: [{name: s, image: docker.io/library/busybox, script: '${script}'}]}}`,
  );
  return `{apiVersion: tekton.dev/v1, kind: PipelineRun, metadata: {generateName: e2e-}, spec: {pipelineSpec: {tasks: [${tasks.join(', ')}]}}}`;
};

test('a Pipeline is run with the params given, its tasks are followed, and a table ends it', async () => {
  const file = example('pipeline-hello.yaml');
  const { code, stdout, stderr } = await slipway(['run', '-f', file, '-p', 'name=you', state.option]);
  assert.equal(code, 0, stderr);
  const lines = stdout.split('\n');
  assert.match(lines[0] ?? '', /^PipelineRun default\/pipeline-hello-run-\w{5}$/);
  for (const line of ['[word : choose] Hello', '[whom : shout] YOU', '[greet : say] Hello, YOU!']) {
    assert.ok(lines.includes(line), `${line} in\n${stdout}`);
  }
  assert.match(stdout, /\n {2}word +succeeded .*\n {2}whom +succeeded .*\n {2}greet +succeeded .*\n/);
  assert.match(stdout, /\ngreeting: Hello, YOU!\nSucceeded in \d+s\n$/);
});

test('-o json is one object with the results and the tasks', async () => {
  const { code, stdout } = await slipway([
    'run',
    '-f',
    example('pipeline-finally.yaml'),
    '-o',
    'json',
    state.option,
  ]);
  assert.equal(code, 0, stdout);
  const { succeeded, reason, results, tasks } = JSON.parse(stdout);
  assert.deepEqual([succeeded, reason], [true, 'Completed']);
  assert.deepEqual(results, { report: 'flaky Succeeded, lint Failed, release None' });
  assert.deepEqual(
    tasks.map(({ task, result, reason: why }: Record<string, string>) => [task, result, why]),
    [
      ['flaky', 'succeeded', 'Succeeded'],
      ['lint', 'failed', 'FailureIgnored'],
      ['report', 'succeeded', 'Succeeded'],
      ['release', 'skipped', 'When Expressions evaluated to false'],
    ],
  );
});

test('a failure names the task and its reason, and is exit code 1', async () => {
  const input = pipelineRun('echo fine', 'echo broken; exit 3');
  const { code, stdout, stderr } = await slipway(['run', '-f', '-', state.option], { input });
  assert.equal(code, 1);
  assert.match(stdout, /\[t1 : s\] broken\n/);
  assert.match(stderr, /PipelineRun default\/e2e-\w+ failed: Failed: Tasks Completed: 2 \(Failed: 1, /);
  assert.match(stderr, /\n {2}t1: StepFailed: "step-s" exited with code 3: broken /);
});

test('Ctrl-C cancels the run and its tasks', async () => {
  const input = pipelineRun('echo begun; sleep 60', 'sleep 60');
  const { code, stderr } = await slipway(['run', '-f', '-', state.option], {
    input,
    onStart: async (child) => {
      let seen = '';
      child.stdout?.on('data', (chunk: Buffer) => {
        seen += chunk.toString();
      });
      while (!seen.includes('begun') && child.exitCode === null) await setTimeout(20);
      child.kill('SIGINT');
    },
  });
  assert.equal(code, 130, stderr);
  assert.match(stderr, /cancelling PipelineRun default\/e2e-\w+ …\n/);
});

test('a mistake in a Pipeline is told with its place', async () => {
  const input = `apiVersion: tekton.dev/v1
kind: Pipeline
metadata:
  name: mistaken
spec:
  tasks:
    - name: one
      taskRef:
        name: nowhere
      params:
        - name: x
          value: $(params.unknown)
`;
  const { code, stderr } = await slipway(['run', '-f', '-', state.option], { input });
  assert.equal(code, 3);
  assert.match(
    stderr,
    /^error: stdin:1[012]:\d+ spec.tasks\[0\].params\[x\].value: .*non-existent variable in "\$\(params.unknown\)"/,
  );
});

const TWO_TASKS = `apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {generateName: survivor-}
spec:
  pipelineSpec:
    results: [{name: heard, value: $(tasks.second.results.heard)}]
    tasks:
      - name: first
        taskSpec:
          results: [{name: word}]
          steps: [{name: s, image: docker.io/library/busybox, script: "sleep 2; printf kept > $(results.word.path)"}]
      - name: second
        params: [{name: word, value: $(tasks.first.results.word)}]
        taskSpec:
          params: [{name: word}]
          results: [{name: heard}]
          steps: [{name: s, image: docker.io/library/busybox, script: printf $(params.word) > $(results.heard.path)}]
`;

test('kill -9 of the control plane between two tasks: the run goes on, and no task runs twice', async () => {
  const up = async (): Promise<{ pid: number; kubeconfig: string }> => {
    const started = await slipway(['up', '--detach', '--api-port=0', '--registry-port=0', state.option]);
    assert.equal(started.code, 0, started.stderr);
    return JSON.parse((await slipway(['status', '-o', 'json', state.option])).stdout);
  };
  const first = await up();
  const kubectl = async (args: readonly string[], input: string = ''): Promise<string> => {
    const env = { KUBECONFIG: first.kubeconfig };
    const { code, stdout, stderr } = await execute('kubectl', args, { env, input });
    assert.equal(code, 0, `kubectl ${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  const run = await kubectl(['create', '-f', '-', '-o', 'name'], TWO_TASKS);
  const name = run.split('/')[1];
  await kubectl([
    'wait',
    `taskrun/${name}-first`,
    '--for=jsonpath={.status.steps[0].running}',
    '--timeout=20s',
  ]);
  const uid = await kubectl(['get', `taskrun/${name}-first`, '-o', 'jsonpath={.metadata.uid}']);
  process.kill(first.pid, 'SIGKILL');

  await up();
  await kubectl(['wait', run, '--for=condition=Succeeded', '--timeout=30s']);
  assert.equal(await kubectl(['get', run, '-o', 'jsonpath={.status.results[0].value}']), 'kept');
  assert.equal(await kubectl(['get', `taskrun/${name}-first`, '-o', 'jsonpath={.metadata.uid}']), uid);
});

test('Conditions of 2019 decide what runs, and a sidecar that takes its time is named', async () => {
  const run = `
apiVersion: tekton.dev/v1alpha1
kind: Condition
metadata: {name: e2e-is-master}
spec:
  params: [{name: found}]
  check: {image: docker.io/library/busybox, command: [test], args: ["\${params.found}", "=", master]}
---
apiVersion: tekton.dev/v1alpha1
kind: PipelineRun
metadata: {generateName: e2e-}
spec:
  pipelineSpec:
    tasks:
      - name: deploy
        conditions: [{conditionRef: e2e-is-master, params: [{name: found, value: feature}]}]
        taskSpec: {steps: [{name: s, image: docker.io/library/busybox, command: [echo, never]}]}
      - name: tell
        runAfter: [deploy]
        taskSpec: {steps: [{name: s, image: docker.io/library/busybox, command: [echo, never]}]}
      - name: wait
        taskSpec:
          sidecars:
            - name: slow
              image: docker.io/library/busybox
              script: sleep 3; touch /tmp/ready; sleep 60
              readinessProbe: {exec: {command: [test, -e, /tmp/ready]}, periodSeconds: 1}
          steps: [{name: s, image: docker.io/library/busybox, command: [echo, waited]}]
`;
  const { code, stdout, stderr } = await slipway(['run', '-f', '-', state.option], { input: run });
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /^\[deploy\] skipped: ConditionCheckFailed$/m);
  assert.match(stdout, /^\[tell\] skipped: Parent Tasks were skipped$/m);
  assert.match(stdout, /^\[wait : sidecar-slow\] not ready yet: the steps wait for its readinessProbe$/m);
  assert.match(stdout, /^\[wait : s\] waited$/m);
  assert.doesNotMatch(stdout, /never/);
});
