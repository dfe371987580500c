// Conditions of Tekton's first versions: what is checked before a task runs, and what becomes of it and of those after it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  type KubeObject,
  type PipelineRun,
  parseManifests,
  resourceFor,
  resources,
  type TaskRun,
} from '@slipway/kube';
import { convertVersion } from '@slipway/tekton';
import { eventually } from '@slipway/testkit';
import { Cluster, ended, NAMESPACE } from './tekton/cluster.ts';
import { conditionOf, Pipelines, skips } from './tekton/pipelines.ts';

let cluster: Cluster;
let pipelines: Pipelines;
before(async () => {
  cluster = await Cluster.start();
  pipelines = new Pipelines(cluster);
  await apply(`
apiVersion: tekton.dev/v1alpha1
kind: Condition
metadata: {name: is-branch, labels: {team: web}}
spec:
  params:
    - name: found
    - {name: wanted, default: master}
  check:
    image: busybox
    command: [test]
    args: ["$(params.found)", "=", "\${params.wanted}"]
---
apiVersion: tekton.dev/v1alpha1
kind: Condition
metadata: {name: file-exists}
spec:
  params: [{name: path}]
  resources: [{name: workspace, type: git}]
  check:
    name: look
    image: busybox
    script: test -f $(resources.workspace.path)/$(params.path)
`);
});
after(() => cluster?.[Symbol.asyncDispose]());

/** Creates objects of any version; the server of these tests has v1 only. */
async function apply(text: string): Promise<KubeObject[]> {
  const made: KubeObject[] = [];
  for (const { object } of parseManifests(text, 'test.yaml')) {
    const v1 = convertVersion(object, 'v1');
    const metadata = { ...v1.metadata, namespace: NAMESPACE };
    made.push(await cluster.client.create(resourceFor(v1)!, { ...v1, metadata }));
  }
  return made;
}

const steps = 'taskSpec: {steps: [{name: x, image: busybox, command: ["true"]}]}';

/** A run of a Pipeline of v1alpha1 with these tasks. */
async function start(tasks: string, more = ''): Promise<PipelineRun> {
  const [run] = await apply(`
apiVersion: tekton.dev/v1alpha1
kind: PipelineRun
metadata: {generateName: pr-}
spec:
${more}
  pipelineSpec:
    params: [{name: branch, default: feature}]
${tasks}`);
  return run as unknown as PipelineRun;
}

const CONDITIONAL = `
    tasks:
      - name: deploy
        ${steps}
        conditions:
          - conditionRef: is-branch
            params: [{name: found, value: "\${params.branch}"}]
      - {name: tell, runAfter: [deploy], ${steps}}
      - {name: other, ${steps}}
`;

/** The TaskRuns that check Conditions of a run, in the order of their names. */
async function checksOf({ metadata }: PipelineRun, count = 1): Promise<TaskRun[]> {
  const labelSelector = `tekton.dev/pipelineRun=${metadata.name},tekton.dev/conditionCheck`;
  const list = async (): Promise<TaskRun[] | false> => {
    const { items } = await cluster.client.list<TaskRun>(resources.taskruns, {
      namespace: NAMESPACE,
      labelSelector,
    });
    return items.length === count && items.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  };
  return eventually(list, { what: `${count} checks of ${metadata.name}`, everyMs: 2, deadlineMs: 10_000 });
}

async function endCheck(check: TaskRun, code: number): Promise<void> {
  const pod = await cluster.podOf(check);
  await cluster.report(
    pod,
    code === 0 ? 'Succeeded' : 'Failed',
    ...pod.spec.containers.map(() => ended(code)),
  );
}

const asAlpha = async (run: PipelineRun): Promise<Record<string, unknown>> => {
  const alpha = convertVersion(await pipelines.read(run), 'v1alpha1') as unknown as {
    status: { taskRuns: Record<string, unknown> };
  };
  return alpha.status.taskRuns;
};

describe('a task with a Condition', () => {
  test('waits for its check, and runs when that ends with 0', async () => {
    const run = await start(CONDITIONAL);
    const [check] = await checksOf(run);
    assert.match(check!.metadata.name, new RegExp(`^${run.metadata.name}-deploy-is-branch-[a-z0-9]{5}$`));
    assert.deepEqual(
      ['tekton.dev/pipelineTask', 'team'].map((label) => check!.metadata.labels?.[label]),
      ['deploy', 'web'],
    );
    const pod = await cluster.podOf(check!);
    assert.deepEqual(
      pod.spec.containers.map(({ name, args }) => [name, args]),
      [['step-condition-check-is-branch', ['feature', '=', 'master']]],
    );
    await pipelines.end(run, 'other');
    assert.equal((await pipelines.started(run)).includes('deploy'), false);
    await endCheck(check!, 0);
    await pipelines.end(run, 'deploy');
    await pipelines.end(run, 'tell');
    const done = await pipelines.with(run, 'Succeeded');
    assert.equal(done.status?.childReferences?.length, 3, 'the check is no task of the Pipeline');
    const shown = (await asAlpha(run))[`${run.metadata.name}-deploy`] as {
      conditionChecks: Record<string, { conditionName: string; status: { check: object; podName: string } }>;
    };
    const told = shown.conditionChecks[check!.metadata.name]!;
    assert.equal(told.conditionName, 'is-branch');
    assert.equal(told.status.podName, `${check!.metadata.name}-pod`);
    const { message: _, ...terminated } = ended(0).terminated!;
    assert.deepEqual(told.status.check, { terminated });
  });

  test('is skipped when the check fails, and so is what comes after it; the rest runs', async () => {
    const run = await start(CONDITIONAL);
    const [check] = await checksOf(run);
    await endCheck(check!, 1);
    await pipelines.end(run, 'other');
    const done = await pipelines.with(run, 'Completed');
    assert.equal(conditionOf(done)?.status, 'True');
    assert.deepEqual(skips(done), { deploy: 'ConditionCheckFailed', tell: 'Parent Tasks were skipped' });
    const name = `${run.metadata.name}-deploy`;
    const shown = (await asAlpha(run))[name] as {
      pipelineTaskName: string;
      status: { conditions: object[] };
    };
    assert.equal(shown.pipelineTaskName, 'deploy');
    const { lastTransitionTime, ...condition } = shown.status.conditions[0] as Record<string, string>;
    assert.ok(lastTransitionTime);
    assert.deepEqual(condition, {
      type: 'Succeeded',
      status: 'False',
      reason: 'ConditionCheckFailed',
      message: `ConditionChecks failed for Task ${name} in PipelineRun ${run.metadata.name}`,
    });
  });

  test('with several runs when all are true; one that is given twice is checked twice', async () => {
    const run = await start(`
    tasks:
      - name: deploy
        ${steps}
        conditions:
          - {conditionRef: is-branch, params: [{name: found, value: a}]}
          - {conditionRef: is-branch, params: [{name: found, value: b}, {name: wanted, value: b}]}
`);
    const [one, other] = await checksOf(run, 2);
    await endCheck(one!, 0);
    assert.deepEqual(skips(await pipelines.read(run)), {});
    await endCheck(other!, 3);
    assert.deepEqual(skips(await pipelines.with(run, 'Completed')), { deploy: 'ConditionCheckFailed' });
  });

  test('goes on where it was after a restart of the controller, whatever became of the Condition', async () => {
    const [condition] = await apply(
      '{apiVersion: tekton.dev/v1alpha1, kind: Condition, metadata: {name: fleeting}, spec: {check: {image: busybox}}}',
    );
    const run = await start(`
    tasks:
      - name: deploy
        ${steps}
        conditions: [{conditionRef: fleeting}]
`);
    const [check] = await checksOf(run);
    await cluster.stopTekton();
    await cluster.client.delete(resources.conditions, condition!.metadata.name, { namespace: NAMESPACE });
    await cluster.startTekton();
    await endCheck(check!, 0);
    await pipelines.end(run, 'deploy');
    await pipelines.with(run, 'Succeeded');
    assert.deepEqual((await checksOf(run))[0]?.metadata.uid, check!.metadata.uid);
  });

  test('that is cancelled takes its check with it', async () => {
    const run = await start(CONDITIONAL);
    const [check] = await checksOf(run);
    await pipelines.patch(run, { status: 'Cancelled' });
    await pipelines.with(run, 'Cancelled');
    await cluster.runWith(check!, 'TaskRunCancelled');
  });

  test('waits for its check when another task fails, and is not run', async () => {
    const run = await start(CONDITIONAL);
    const [check] = await checksOf(run);
    await pipelines.end(run, 'other', 1);
    await pipelines.with(run, 'Running');
    await endCheck(check!, 0);
    const done = await pipelines.with(run, 'Failed');
    assert.equal(skips(done).deploy, 'PipelineRun was stopping');
  });
});

describe('the resources of a Condition', () => {
  const GIT = `
  resources:
    - {name: repository, resourceSpec: {type: git, params: [{name: url, value: "https://git.test/app.git"}]}}`;

  test('come from the task that is named, which the check waits for', async () => {
    const run = await start(
      `
    resources: [{name: repository, type: git}]
    tasks:
      - name: change
        resources: {outputs: [{name: result, resource: repository}]}
        taskSpec:
          outputs: {resources: [{name: result, type: git}]}
          steps: [{name: x, image: busybox, command: ["true"]}]
      - name: deploy
        ${steps}
        conditions:
          - conditionRef: file-exists
            params: [{name: path, value: Dockerfile}]
            resources: [{name: workspace, resource: repository, from: [change]}]
`,
      GIT,
    );
    const change = await cluster.podOf(await pipelines.taskRun(run, 'change'));
    assert.equal((await pipelines.started(run)).length, 1, 'the check waits for the task');
    await cluster.report(change, 'Succeeded', ...change.spec.containers.map(() => ended(0)));
    const [check] = await checksOf(run);
    const pod = await cluster.podOf(check!);
    const [copy, look] = pod.spec.containers;
    assert.deepEqual(copy!.command?.slice(-2), ['/pvc/change/result', '/workspace/workspace']);
    assert.equal(look!.name, 'step-look');
    const order = JSON.parse(pod.metadata.annotations?.['slipway.dev/steps'] ?? '') as {
      steps: { script?: string }[];
    };
    assert.match(order.steps.at(-1)?.script ?? '', /test -f \/workspace\/workspace\/Dockerfile$/);
    await endCheck(check!, 0);
    await pipelines.end(run, 'deploy');
    await pipelines.with(run, 'Succeeded');
  });

  const refusal = (conditions: string): string => `
    resources: [{name: repository, type: git}]
    tasks:
      - name: deploy
        ${steps}
        resources: {inputs: [{name: x, resource: repository}]}
        conditions: [${conditions}]
`;
  for (const [title, conditions, reason, message] of [
    ['a Condition that is not there', '{conditionRef: nowhere}', 'CouldntGetCondition', /"nowhere"/],
    [
      'a missing param',
      '{conditionRef: is-branch}',
      'PipelineValidationFailed',
      /condition "is-branch" of task "deploy": .*missing.*found/,
    ],
    [
      'a missing resource',
      '{conditionRef: file-exists, params: [{name: path, value: x}]}',
      'PipelineValidationFailed',
      /it wants the resource "workspace" of type "git"/,
    ],
    [
      'a resource too many',
      '{conditionRef: is-branch, params: [{name: found, value: x}], resources: [{name: stray, resource: repository}]}',
      'PipelineValidationFailed',
      /it declares no resource "stray"/,
    ],
  ] as const) {
    test(`${title} ends the run before anything runs`, async () => {
      const run = await start(refusal(conditions), GIT);
      const failed = await pipelines.with(run, reason);
      assert.match(conditionOf(failed)?.message ?? '', message);
      assert.deepEqual(await pipelines.started(run), []);
    });
  }
});
