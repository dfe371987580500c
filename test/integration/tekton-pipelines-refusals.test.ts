import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isStatus, type PipelineRunSpec, type PipelineSpec } from '@slipway/kube';
import { Cluster, echo } from './tekton/cluster.ts';
import { conditionOf, Pipelines } from './tekton/pipelines.ts';

let cluster: Cluster;
let pipelines: Pipelines;
before(async () => {
  cluster = await Cluster.start();
  pipelines = new Pipelines(cluster);
});
after(() => cluster?.[Symbol.asyncDispose]());

const one = { name: 'one', taskSpec: echo };
const inline = (spec: PipelineSpec, more: Partial<PipelineRunSpec> = {}): PipelineRunSpec => ({
  pipelineSpec: { tasks: [one], ...spec },
  ...more,
});

const failing: [title: string, spec: PipelineRunSpec, reason: string, message: RegExp][] = [
  [
    'of a Pipeline that is not there',
    { pipelineRef: { name: 'nowhere' } },
    'CouldntGetPipeline',
    /^Error retrieving pipeline for pipelinerun default\/pr-\w+: error when listing pipelines for pipelineRun pr-\w+: pipelines.tekton.dev "nowhere" not found$/,
  ],
  [
    'of a Pipeline that a resolver would fetch',
    { pipelineRef: { resolver: 'git', params: [{ name: 'url', value: 'x' }] } },
    'CouldntGetPipeline',
    /the resolver "git" of pipelineRef is not supported: apply the Pipeline to namespace default and name it in pipelineRef.name$/,
  ],
  [
    'of a Task that is not there',
    inline({ tasks: [{ name: 'one', taskRef: { name: 'nowhere' } }] }),
    'CouldntGetTask',
    /^Pipeline default\/pr-\w+ can't be Run; it contains Tasks that don't exist: Couldn't retrieve Task "nowhere": tasks.tekton.dev "nowhere" not found$/,
  ],
  [
    'of a Task that a resolver would fetch',
    inline({ tasks: [{ name: 'one', taskRef: { resolver: 'hub' } }] }),
    'CouldntGetTask',
    /the resolver "hub" of taskRef is not supported/,
  ],
  [
    'without a param',
    inline({ params: [{ name: 'who' }, { name: 'why' }] }, { params: [{ name: 'who', value: 'x' }] }),
    'ParameterMissing',
    /^\[User error\] PipelineRun default\/pr-\w+ is missing some parameters required by Pipeline default\/pr-\w+: pipelineRun missing parameters: \[why\]$/,
  ],
  [
    'with a param of another type',
    inline({ params: [{ name: 'who', type: 'array' }] }, { params: [{ name: 'who', value: 'x' }] }),
    'ParameterTypeMismatch',
    /parameters have inconsistent types : \[who\]$/,
  ],
  [
    'without a key of an object',
    inline(
      { params: [{ name: 'git', properties: { url: {}, rev: {} } }] },
      { params: [{ name: 'git', value: { url: 'u' } }] },
    ),
    'ObjectParameterMissKeys',
    /pipelineRun missing object keys for parameters: map\[git:\[rev\]\]$/,
  ],
  [
    'with an index outside of an array',
    inline(
      {
        params: [{ name: 'list', type: 'array' }],
        tasks: [{ ...one, params: [{ name: 'x', value: '$(params.list[2])' }] }],
      },
      { params: [{ name: 'list', value: ['a'] }] },
    ),
    'ParamArrayIndexingInvalid',
    /non-existent param references:\[\$\(params\.list\[2\]\)\]$/,
  ],
  [
    'with defaults that refer to each other',
    inline({
      params: [
        { name: 'a', default: '$(params.b)' },
        { name: 'b', default: '$(params.a)' },
      ],
    }),
    'PipelineValidationFailed',
    /parameter resolution failed: circular dependency detected in param "params.a"$/,
  ],
  [
    'without a workspace',
    inline({ workspaces: [{ name: 'src' }] }),
    'InvalidWorkspaceBindings',
    /pipeline requires workspace with name "src" be provided by pipelinerun$/,
  ],
  [
    'with a taskRunSpec of no task',
    inline({}, { taskRunSpecs: [{ pipelineTaskName: 'two' }] }),
    'InvalidTaskRunSpecs',
    /pipelineRun's taskrunSpecs defined wrong taskName: "two", does not exist in Pipeline$/,
  ],
  [
    'with a result that no task gives',
    inline({
      tasks: [one, { ...one, name: 'two', params: [{ name: 'x', value: '$(tasks.one.results.r)' }] }],
    }),
    'InvalidTaskResultReference',
    /^\[User error\] invalid result reference in pipeline task "two": "r" is not a named result returned by pipeline task "one"$/,
  ],
  [
    'whose result is of no task',
    inline({ results: [{ name: 'r', value: '$(tasks.one.results.r)' }] }),
    'InvalidPipelineResultReference',
    /invalid pipeline result "r": "r" is not a named result returned by pipeline task "one"$/,
  ],
  [
    'without a param of a Task',
    inline({ tasks: [{ name: 'one', taskSpec: { ...echo, params: [{ name: 'who' }] } }] }),
    'PipelineValidationFailed',
    /missing values for these params which have no default values: \[who\]$/,
  ],
];

describe('a PipelineRun fails', () => {
  for (const [title, spec, reason, message] of failing) {
    test(title, async () => {
      const run = await pipelines.create(spec);
      const done = await pipelines.with(run, reason);
      assert.equal(conditionOf(done)?.status, 'False');
      assert.match(conditionOf(done)?.message ?? '', message);
      assert.ok(done.status?.completionTime);
      assert.deepEqual(await pipelines.started(run), []);
    });
  }
});

test('a PipelineRun that has begun changes only its status, one that is over not at all', async () => {
  const refused = (why: RegExp) => (error: unknown) =>
    isStatus(error, 'BadRequest') && why.test((error as Error).message);
  const run = await pipelines.create(inline({}));
  await pipelines.taskRun(run, 'one');
  await assert.rejects(
    pipelines.patch(run, { params: [{ name: 'x', value: 'y' }] }),
    refused(/Once the PipelineRun has started, only status updates are allowed: spec$/),
  );
  await pipelines.end(run, 'one');
  await pipelines.with(run, 'Succeeded');
  await assert.rejects(
    pipelines.patch(run, { status: 'Cancelled' }),
    refused(/Once the PipelineRun is complete, no updates are allowed: spec$/),
  );
});

test('a run ends when its TaskRun cannot be made', async () => {
  const run = await pipelines.create(
    inline({ tasks: [{ name: 'a', taskSpec: echo, workspaces: [{ name: 'x' }] }] }),
  );
  const done = await pipelines.with(run, 'CreateRunFailed');
  assert.match(
    conditionOf(done)?.message ?? '',
    /^expected workspace "x" to be provided by pipelinerun for pipeline task "a"$/,
  );
});
