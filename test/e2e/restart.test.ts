import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { execute, slipway } from '../cli.ts';
import { type SeededState, seededState } from '../seeded-state.ts';

let state: SeededState;
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-restart-'));
  state = await seededState('busybox');
});
after(async () => {
  await state?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const TASKRUN = `apiVersion: tekton.dev/v1
kind: TaskRun
metadata:
  generateName: survivor-
spec:
  taskSpec:
    results: [{ name: last }]
    steps:
      - name: count
        image: busybox
        script: |
          for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "line $i"; sleep 0.25; done
      - name: finish
        image: busybox
        script: |
          printf done > $(results.last.path)
`;

test('kill -9 of the control plane in the middle of a step: the step goes on, its log is whole, the TaskRun succeeds', async () => {
  const up = async (): Promise<{ pid: number; kubeconfig: string }> => {
    const started = await slipway(['up', '--detach', '--api-port=0', '--registry-port=0', state.option]);
    assert.equal(started.code, 0, started.stderr);
    return JSON.parse((await slipway(['status', '-o', 'json', state.option])).stdout);
  };
  const first = await up();
  const kubectl = async (...args: string[]): Promise<string> => {
    const env = { KUBECONFIG: first.kubeconfig, HOME: folder };
    const { code, stdout, stderr } = await execute('kubectl', args, { env });
    assert.equal(code, 0, `kubectl ${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  await writeFile(join(folder, 'run.yaml'), TASKRUN);
  const run = await kubectl('create', '-f', join(folder, 'run.yaml'), '-o', 'name');
  await kubectl('wait', run, '--for=jsonpath={.status.steps[0].running}', '--timeout=20s');
  process.kill(first.pid, 'SIGKILL');

  await up();
  await kubectl('wait', run, '--for=condition=Succeeded', '--timeout=30s');
  const pod = await kubectl('get', run, '-o', 'jsonpath={.status.podName}');
  const log = await kubectl('logs', pod, '-c', 'step-count');
  assert.deepEqual(
    log.split('\n'),
    Array.from({ length: 12 }, (_, i) => `line ${i + 1}`),
  );
  assert.equal(await kubectl('get', run, '-o', 'jsonpath={.status.results[0].value}'), 'done');
});
