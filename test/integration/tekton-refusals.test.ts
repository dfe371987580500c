import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isStatus, type TaskRun } from '@slipway/kube';
import { Cluster, echo, succeeded } from './tekton/cluster.ts';

let cluster: Cluster;
before(async () => {
  cluster = await Cluster.start();
});
after(() => cluster?.[Symbol.asyncDispose]());

const refused: [title: string, spec: TaskRun['spec'], reason: string, message: RegExp][] = [
  [
    'without a param',
    {
      taskSpec: { ...echo, params: [{ name: 'who' }, { name: 'why' }] },
      params: [{ name: 'who', value: 'x' }],
    },
    'TaskRunValidationFailed',
    /^\[User error\] invalid input params for task : missing values for these params which have no default values: \[why\]$/,
  ],
  [
    'with a param of another type',
    {
      taskSpec: { ...echo, params: [{ name: 'who', default: 'x' }] },
      params: [{ name: 'who', value: ['x'] }],
    },
    'TaskRunValidationFailed',
    /param types don't match the user-specified type: \[who\]$/,
  ],
  [
    'without a key of an object',
    {
      taskSpec: { ...echo, params: [{ name: 'git', properties: { url: {}, rev: {} } }] },
      params: [{ name: 'git', value: { url: 'u' } }],
    },
    'TaskRunValidationFailed',
    /missing keys for these params which are required in ParamSpec's properties map\[git:\[rev\]\]$/,
  ],
  [
    'with an index outside of an array',
    {
      taskSpec: {
        params: [{ name: 'list', type: 'array' }],
        steps: [{ name: 'a', image: 'busybox', args: ['$(params.list[3])'] }],
      },
      params: [{ name: 'list', value: ['a'] }],
    },
    'TaskRunValidationFailed',
    /^\[User error\] non-existent param references:\[\$\(params\.list\[3\]\)\]$/,
  ],
  [
    'with a value outside of an enum',
    { taskSpec: { ...echo, params: [{ name: 'c', enum: ['red'] }] }, params: [{ name: 'c', value: 'blue' }] },
    'InvalidParamValue',
    /^\[User error\] param `c` value: blue is not in the enum list$/,
  ],
  [
    'without a workspace',
    { taskSpec: { ...echo, workspaces: [{ name: 'w' }] } },
    'TaskRunValidationFailed',
    /^\[User error\] declared workspace "w" is required but has not been bound$/,
  ],
  [
    'of a Task that does not exist',
    { taskRef: { name: 'nowhere' } },
    'TaskRunResolutionFailed',
    /^error when listing tasks for taskRun run-\w+: tasks\.tekton\.dev "nowhere" not found$/,
  ],
  [
    'of a ClusterTask that does not exist',
    { taskRef: { name: 'anywhere', kind: 'ClusterTask' } },
    'TaskRunResolutionFailed',
    /clustertasks\.tekton\.dev "anywhere" not found$/,
  ],
  [
    'of another kind',
    { taskRef: { name: 'anywhere', kind: 'Wait' } },
    'TaskRunResolutionFailed',
    /^taskRef\.kind "Wait" is not supported: only Task, in the namespace of the TaskRun, and ClusterTask are$/,
  ],
  [
    'of a Task that a resolver should find',
    { taskRef: { resolver: 'hub', params: [{ name: 'name', value: 'x' }] } },
    'TaskRunResolutionFailed',
    /^the resolver "hub" of taskRef is not supported: apply the Task to namespace default/,
  ],
  [
    'of a Task that is written in another case, and does not exist',
    { taskRef: { name: 'nowhere', kind: 'task' } },
    'TaskRunResolutionFailed',
    /tasks\.tekton\.dev "nowhere" not found$/,
  ],
  [
    'of a ServiceAccount that does not exist',
    { taskSpec: echo, serviceAccountName: 'nobody' },
    'PodCreationFailed',
    /^failed to create task run pod "run-\w+": serviceaccounts "nobody" not found: make it, then run again: kubectl create serviceaccount nobody -n default$/,
  ],
  [
    'that wants privileges which the namespace does not give',
    { taskSpec: { steps: [{ name: 'a', image: 'busybox', securityContext: { privileged: true } }] } },
    'PodCreationFailed',
    /violates PodSecurity "baseline/,
  ],
  [
    'of a StepAction',
    { taskSpec: { steps: [{ name: 'a', ref: { name: 'action' } }] } },
    'TaskRunResolutionFailed',
    /step "a" refers to StepAction "action": StepActions are not supported/,
  ],
];

describe('a TaskRun that cannot run', () => {
  for (const [title, spec, reason, message] of refused) {
    test(title, async () => {
      const done = await cluster.runWith(await cluster.createRun(spec), reason);
      assert.equal(succeeded(done)?.status, 'False');
      assert.match(succeeded(done)?.message ?? '', message);
      assert.ok(done.status?.completionTime);
    });
  }

  test('is refused at admission with the field', async () => {
    const steps = [{ name: 'a', image: 'busybox', script: 'echo $(params.nope)' }];
    await assert.rejects(cluster.createRun({ taskSpec: { steps } }), (error) => {
      assert.ok(isStatus(error, 'BadRequest'));
      assert.equal(
        error.message,
        'admission webhook "validation.webhook.pipeline.tekton.dev" denied the request: validation failed: non-existent variable in "echo $(params.nope)": spec.taskSpec.steps[0].script',
      );
      return true;
    });
  });
});
