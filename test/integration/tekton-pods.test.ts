import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  type Condition,
  isStatus,
  type Pod,
  parseManifests,
  resources,
  type TaskRun,
  type TaskSpec,
} from '@slipway/kube';
import { eventually } from '@slipway/testkit';
import { type RunningCluster, startCluster } from './tekton/running-cluster.ts';

let cluster: RunningCluster;
before(async () => {
  cluster = await startCluster();
});
after(() => cluster?.[Symbol.asyncDispose]());

const runOf = (spec: TaskRun['spec']): TaskRun => ({
  apiVersion: 'tekton.dev/v1',
  kind: 'TaskRun',
  metadata: { name: '', generateName: 'real-' },
  spec,
});

const step = (name: string, script: string, more: object = {}): NonNullable<TaskSpec['steps']>[number] => ({
  name,
  image: 'busybox',
  script,
  ...more,
});

const condition = (run: TaskRun): Condition | undefined => run.status?.conditions?.[0];
const resultsOf = (run: TaskRun): Record<string, unknown> =>
  Object.fromEntries((run.status?.results ?? []).map(({ name, value }) => [name, value]));

const example = (name: string) => {
  const file = join(import.meta.dirname, '../../examples', name);
  return parseManifests(readFileSync(file, 'utf8'), file).map(({ object }) => object);
};

test('the example with params of every type gives results of every type', async () => {
  const done = await cluster.run(...example('params-and-results.yaml'));
  assert.equal(condition(done)?.reason, 'Succeeded', condition(done)?.message);
  const { length, parts, source } = resultsOf(done);
  assert.deepEqual(
    { length, parts, source },
    {
      length: '2',
      parts: ['fast', 'and small'],
      source: { url: 'https://example.org/app.git', revision: 'main' },
    },
  );
});

test('the example with workspaces shares files, and shows a secret only where it is asked for', async () => {
  const done = await cluster.run(...example('workspaces.yaml'));
  assert.equal(condition(done)?.reason, 'Succeeded', condition(done)?.message);
  assert.deepEqual(resultsOf(done), { line: 'Hello, world' });
});

test('the example with a step that may fail goes on, and keeps the exit code', async () => {
  const done = await cluster.run(...example('step-template-and-on-error.yaml'));
  assert.equal(condition(done)?.reason, 'Succeeded', condition(done)?.message);
  assert.deepEqual(resultsOf(done), { 'exit-code': '3' });
  assert.deepEqual(
    done.status?.steps?.map(({ name, terminated, terminationReason }) => [
      name,
      terminated?.exitCode,
      terminationReason,
    ]),
    [
      ['try', 3, 'Continued'],
      ['report', 0, 'Completed'],
      ['unnamed-2', 0, 'Completed'],
    ],
  );
});

test('a step that fails ends the run, and the next one is skipped', async () => {
  const steps = [step('one', 'exit 7'), step('two', 'true')];
  const done = await cluster.run(runOf({ taskSpec: { steps } }));
  assert.equal(condition(done)?.reason, 'StepFailed');
  assert.match(
    condition(done)?.message ?? '',
    /^"step-one" exited with code 7 \(image: "busybox@sha256:\w+"\); for logs run/,
  );
  assert.deepEqual(
    done.status?.steps?.map(({ terminationReason }) => terminationReason),
    ['Error', 'Skipped'],
  );
});

test('a script without an interpreter stops at the first failure', async () => {
  const done = await cluster.run(runOf({ taskSpec: { steps: [step('one', 'false\ntrue')] } }));
  assert.equal(condition(done)?.reason, 'StepFailed');
});

test('a step that takes too long is killed', async () => {
  const done = await cluster.run(
    runOf({ taskSpec: { steps: [step('slow', 'sleep 60', { timeout: '300ms' })] } }),
  );
  assert.equal(condition(done)?.reason, 'StepFailed');
  assert.match(
    condition(done)?.message ?? '',
    /^"step-slow" exited because the step exceeded the specified timeout/,
  );
});

test('a run that takes too long, and one that is cancelled, leave no Pod', async () => {
  const taskSpec = { steps: [step('slow', 'trap "exit 0" TERM; while true; do sleep 0.1; done')] };
  const slow = await cluster.create(runOf({ taskSpec, timeout: '1s' }));
  const unwanted = await cluster.create(runOf({ taskSpec }));
  const running = async () => {
    const now = await cluster.client.get<TaskRun>(resources.taskruns, unwanted.metadata.name, 'default');
    return condition(now)?.reason === 'Running';
  };
  await eventually(running, { what: 'the run', deadlineMs: 20_000 });
  const body = [{ op: 'replace', path: '/spec/status', value: 'TaskRunCancelled' }];
  await cluster.client.patch(
    resources.taskruns,
    unwanted.metadata.name,
    { type: 'json', body },
    { namespace: 'default' },
  );
  assert.equal(condition(await cluster.over(slow))?.reason, 'TaskRunTimeout');
  assert.equal(condition(await cluster.over(unwanted))?.reason, 'TaskRunCancelled');
  for (const { metadata } of [slow, unwanted]) {
    const isGone = async () => {
      try {
        await cluster.client.get<Pod>(resources.pods, `${metadata.name}-pod`, 'default');
        return false;
      } catch (error) {
        return isStatus(error, 'NotFound');
      }
    };
    await eventually(isGone, { what: `the end of the Pod of ${metadata.name}`, deadlineMs: 40_000 });
  }
});

test('a sidecar serves the steps, and its end does not fail the run', async () => {
  const script = 'trap "exit 3" TERM; echo up > /shared/up; while true; do sleep 0.1; done';
  const sidecars = [{ name: 'writer', image: 'busybox', script }];
  const shared = { volumeMounts: [{ name: 'shared', mountPath: '/shared' }] };
  const done = await cluster.run(
    runOf({
      taskSpec: {
        volumes: [{ name: 'shared', emptyDir: {} }],
        steps: [step('wait', 'until [ -e /shared/up ]; do sleep 0.1; done', shared)],
        sidecars: sidecars.map((sidecar) => ({ ...sidecar, ...shared })),
      },
    }),
  );
  assert.equal(condition(done)?.reason, 'Succeeded', condition(done)?.message);
});

test('an image that does not exist fails the run within seconds', async () => {
  const done = await cluster.run(runOf({ taskSpec: { steps: [{ name: 'a', image: 'nowhere/at-all' }] } }));
  assert.equal(condition(done)?.reason, 'TaskRunImagePullFailed');
  assert.match(
    condition(done)?.message ?? '',
    /failed to pull the image "nowhere\/at-all".*there is no image/,
  );
});

test('a program that is not in the image is named', async () => {
  const steps = [{ name: 'a', image: 'busybox', command: ['frobnicate'] }];
  const done = await cluster.run(runOf({ taskSpec: { steps } }));
  assert.equal(condition(done)?.reason, 'StepFailed');
  assert.match(condition(done)?.message ?? '', /"step-a" exited with code 127.*frobnicate/);
});

test('a result that is too large fails its step', async () => {
  const steps = [step('a', 'yes | head -c 5000 > $(results.big.path)')];
  const done = await cluster.run(runOf({ taskSpec: { steps, results: [{ name: 'big' }] } }));
  assert.equal(condition(done)?.status, 'False');
});
