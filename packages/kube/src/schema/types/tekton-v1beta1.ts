import { type FieldRow, j, root, type StructRow, struct, type TypeTable } from '../table.ts';
import { pipelineTypes } from './tekton-pipeline.ts';
import { pipelineRunTypes } from './tekton-pipelinerun.ts';
import { resourceTypes } from './tekton-resource.ts';
import { taskTypes } from './tekton-task.ts';
import { taskRunTypes } from './tekton-taskrun.ts';

type Fields = Readonly<Record<string, FieldRow>>;

/** The row of another version with further fields, and without those that this version calls otherwise. */
export function revised(
  row: StructRow | undefined,
  fields: Fields,
  without: readonly string[] = [],
): StructRow {
  if (row === undefined) throw new Error('no such type in the later version');
  const kept = Object.entries(row.fields).filter(([name]) => !without.includes(name));
  return { ...row, fields: { ...Object.fromEntries(kept), ...fields } };
}

const v1: TypeTable = { ...taskTypes, ...taskRunTypes, ...pipelineTypes, ...pipelineRunTypes };

/** `resources` of a container is what v1 calls `computeResources`. */
const resources = { resources: j('ResourceRequirements', 'Limits and requests of the container.') };
const computeResources = ['computeResources'];

/** Fields that steps had because they were Kubernetes containers; Tekton never did anything with them. */
const IGNORED = 'Has no effect in a step.';
const containerFields = {
  ports: j('ContainerPort[]', IGNORED),
  livenessProbe: j('Probe', IGNORED),
  readinessProbe: j('Probe', IGNORED),
  startupProbe: j('Probe', IGNORED),
  lifecycle: j('Lifecycle', IGNORED),
  terminationMessagePath: j('string', IGNORED),
  terminationMessagePolicy: j('string', IGNORED),
  stdin: j('boolean', IGNORED),
  stdinOnce: j('boolean', IGNORED),
  tty: j('boolean', IGNORED),
};

const bundle = { bundle: j('string', 'Not supported: use the bundles resolver.') };
const overrides = {
  stepOverrides: j('TaskRunStepOverride[]', 'Resources of single steps.'),
  sidecarOverrides: j('TaskRunStepOverride[]', 'Resources of single sidecars.'),
};

const taskV1beta1: TypeTable = {
  TaskSpec: revised(v1.TaskSpec, {
    resources: j('TaskResources', 'PipelineResources that a run must give.'),
  }),
  Step: revised(v1.Step, { ...resources, ...containerFields }, computeResources),
  StepTemplate: revised(
    v1.StepTemplate,
    { name: j('string', IGNORED), ...resources, ...containerFields },
    computeResources,
  ),
  Sidecar: revised(v1.Sidecar, resources, computeResources),
  TaskRunSpec: revised(
    v1.TaskRunSpec,
    { resources: j('TaskRunResources', 'PipelineResources for those that the Task declares.'), ...overrides },
    ['stepSpecs', 'sidecarSpecs'],
  ),
  TaskRunDebug: revised(v1.TaskRunDebug, {
    breakpoint: j('string[]', 'onFailure stops after a failed step.'),
  }),
  TaskRef: revised(v1.TaskRef, bundle),
  TaskRunStepOverride: struct('Resources of one step or sidecar.', {
    name: j('string!', 'Its name.'),
    resources: j('ResourceRequirements!', 'Limits and requests.'),
  }),
  TaskRunStatus: revised(
    v1.TaskRunStatus,
    {
      taskResults: j('TaskRunResult[]', 'What the steps left behind.'),
      resourcesResult: j('ResourceResult[]', 'What the PipelineResources gave: commits, digests.'),
      cloudEvents: j('CloudEventDelivery[]', 'Events that were sent.'),
    },
    ['results'],
  ),
};

const clusterTask = root('A Task that the runs of every namespace may name.', {
  spec: j('TaskSpec', 'The parameters, workspaces, steps and results.'),
});

const pipelineV1beta1: TypeTable = {
  PipelineSpec: revised(v1.PipelineSpec, {
    resources: j('PipelineDeclaredResource[]', 'PipelineResources that a run must give.'),
  }),
  PipelineTask: revised(v1.PipelineTask, {
    resources: j('PipelineTaskResources', "The Pipeline's resources that the task gets."),
    conditions: j(
      'PipelineTaskCondition[]',
      'Conditions that must be true for the task to run (Tekton before v0.27).',
    ),
  }),
  PipelineRef: revised(v1.PipelineRef, bundle),
  PipelineRunSpec: revised(
    v1.PipelineRunSpec,
    {
      resources: j('PipelineResourceBinding[]', 'PipelineResources for those that the Pipeline declares.'),
      serviceAccountName: j('string', 'The ServiceAccount that the pods run as. Default default.'),
      serviceAccountNames: j('PipelineRunServiceAccount[]', 'ServiceAccounts of single tasks.'),
      timeout: j('duration', 'How long the run may take, like 1h30m; 0 for ever. Default 1h.'),
      podTemplate: j('PodTemplate', 'Settings for the pods.'),
    },
    ['taskRunTemplate'],
  ),
  PipelineRunServiceAccount: struct('The ServiceAccount of one task.', {
    taskName: j('string', 'Name of the task in the Pipeline.'),
    serviceAccountName: j('string', 'The ServiceAccount.'),
  }),
  PipelineTaskRunSpec: revised(
    v1.PipelineTaskRunSpec,
    {
      taskServiceAccountName: j('string', 'The ServiceAccount that the pod runs as.'),
      taskPodTemplate: j('PodTemplate', 'Settings for the pod.'),
      ...overrides,
    },
    ['serviceAccountName', 'podTemplate', 'stepSpecs', 'sidecarSpecs'],
  ),
  PipelineRunStatus: revised(
    v1.PipelineRunStatus,
    {
      pipelineResults: j('TaskRunResult[]', 'What the tasks left behind.'),
      taskRuns: j('PipelineRunTaskRunStatus{}', 'The TaskRuns by name.'),
      runs: j('PipelineRunRunStatus{}', 'The runs of custom tasks by name.'),
    },
    ['results'],
  ),
  PipelineRunTaskRunStatus: struct('A TaskRun that belongs to the run.', {
    pipelineTaskName: j('string', 'Name of the task in the Pipeline.'),
    status: j('TaskRunStatus', 'How far it has come.'),
    whenExpressions: j('WhenExpression[]', 'The conditions under which it was run.'),
    conditionChecks: j('PipelineRunConditionCheckStatus{}', 'The checks of its Conditions by name.'),
  }),
  PipelineRunConditionCheckStatus: struct('The check of a Condition.', {
    conditionName: j('string', 'Name of the Condition.'),
    status: j('ConditionCheckStatus', 'How far it has come.'),
  }),
  ConditionCheckStatus: struct('How far the check of a Condition has come.', {
    conditions: j('TektonCondition[type]', 'Succeeded: Unknown while it runs, then True or False.'),
    podName: j('string', 'The Pod in which it runs.'),
    startTime: j('time', 'When it started.'),
    completionTime: j('time', 'When it ended.'),
    check: j('ContainerState', 'The state of its container.'),
  }),
  PipelineRunRunStatus: struct('The run of a custom task.', {}, { open: true }),
};

/** Tasks, Pipelines and their runs as tekton.dev/v1beta1 has them. */
export const v1beta1Types: TypeTable = {
  ...v1,
  ...resourceTypes,
  ...taskV1beta1,
  ...pipelineV1beta1,
  ClusterTask: clusterTask,
};
