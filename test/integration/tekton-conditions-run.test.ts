// Conditions with real containers, as they were written and as `slipway convert` writes them today: the same tasks run.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type PipelineRun, parseManifests, resources, type TaskRun } from '@slipway/kube';
import { convertManifests, convertVersion } from '@slipway/tekton';
import { eventually } from '@slipway/testkit';
import { type RunningCluster, startCluster } from './tekton/running-cluster.ts';

let cluster: RunningCluster;
before(async () => {
  cluster = await startCluster();
});
after(() => cluster?.[Symbol.asyncDispose]());

const pipelineRun = (name: string, branch: string): string => `
apiVersion: tekton.dev/v1alpha1
kind: PipelineRun
metadata: {name: ${name}}
spec:
  pipelineRef: {name: ${name}}
  params: [{name: branch, value: ${branch}}]
`;

const manifest = (name: string, branch: string): string => `
apiVersion: tekton.dev/v1alpha1
kind: Condition
metadata: {name: ${name}-is-master}
spec:
  params: [{name: found}]
  check:
    image: busybox
    command: [test]
    args: ["$(params.found)", "=", master]
---
apiVersion: tekton.dev/v1alpha1
kind: Condition
metadata: {name: ${name}-is-short}
spec:
  params: [{name: text}, {name: limit, default: "10"}]
  check:
    name: count
    image: busybox
    script: |
      #!/bin/sh
      text="$(params.text)"
      [ "\${#text}" -lt "$(params.limit)" ]
---
apiVersion: tekton.dev/v1alpha1
kind: Task
metadata: {name: ${name}-say}
spec:
  inputs: {params: [{name: what}]}
  steps: [{name: say, image: busybox, command: [echo], args: ["\${inputs.params.what}"]}]
---
apiVersion: tekton.dev/v1alpha1
kind: Pipeline
metadata: {name: ${name}}
spec:
  params: [{name: branch}]
  tasks:
    - name: deploy
      taskRef: {name: ${name}-say}
      params: [{name: what, value: deploy}]
      conditions:
        - conditionRef: ${name}-is-master
          params: [{name: found, value: "\${params.branch}"}]
        - conditionRef: ${name}-is-short
          params: [{name: text, value: "$(params.branch)"}]
    - name: tell
      runAfter: [deploy]
      taskRef: {name: ${name}-say}
      params: [{name: what, value: tell}]
    - name: lint
      taskRef: {name: ${name}-say}
      params: [{name: what, value: lint}]
---${pipelineRun(name, branch)}`;

/** Runs a manifest; the tasks of the 2019 Pipeline that were run. */
async function tasksRun(text: string, name: string): Promise<string[]> {
  const objects = parseManifests(text, 'test.yaml').map(({ object }) => convertVersion(object, 'v1'));
  await cluster.create(...objects);
  const over = await eventually(
    async () => {
      const run = await cluster.client.get<PipelineRun>(resources.pipelineruns, name, 'default');
      return run.status?.completionTime !== undefined && run;
    },
    { what: `the end of ${name}`, deadlineMs: 60_000 },
  );
  const [condition] = over.status?.conditions ?? [];
  assert.equal(condition?.status, 'True', condition?.message);
  const { items } = await cluster.client.list<TaskRun>(resources.taskruns, {
    namespace: 'default',
    labelSelector: `tekton.dev/pipelineRun=${name}`,
  });
  const tasks = items.map(({ metadata }) => metadata.name.slice(name.length + 1));
  return tasks.filter((task) => ['deploy', 'tell', 'lint'].includes(task)).sort();
}

for (const [branch, expected] of [
  ['master', ['deploy', 'lint', 'tell']],
  ['feature', ['lint']],
] as const) {
  test(`on ${branch}, ${expected.join(', ')} run`, async () => {
    const name = `old-${branch}`;
    assert.deepEqual(await tasksRun(manifest(name, branch), name), expected);
  });

  test(`on ${branch} the converted Pipeline runs the same`, async () => {
    const name = `new-${branch}`;
    const { text, problems } = convertManifests([{ file: 'old.yaml', text: manifest(name, branch) }], '');
    assert.deepEqual(problems, []);
    assert.doesNotMatch(text, /v1alpha1|Condition\b/);
    assert.deepEqual(await tasksRun(text, name), expected);
  });
}
