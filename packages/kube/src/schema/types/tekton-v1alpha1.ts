import { j, root, struct, type TypeTable } from '../table.ts';
import { revised, v1beta1Types as v1beta1 } from './tekton-v1beta1.ts';

/** What runs had before there was a podTemplate (Tekton v0.6 and before). */
const podFields = {
  nodeSelector: j('string{}', 'Labels that the machine must have.'),
  tolerations: j('Toleration[]', 'Taints that do not keep the pod away.'),
  affinity: j('Affinity', 'Preferences for the machine.'),
};

const IGNORED = 'Has no effect.';
/** What the first versions of Tekton took and did nothing with. */
const ignoredRunFields = {
  trigger: j('RunTrigger', IGNORED),
  results: j('RunResults', IGNORED),
  generation: j('int64', IGNORED),
};

const serviceAccount = {
  serviceAccount: j('string', 'The same as serviceAccountName (Tekton before v0.9).'),
};

const taskV1alpha1: TypeTable = {
  TaskSpec: revised(v1beta1.TaskSpec, {
    inputs: j('Inputs', 'Parameters and PipelineResources that a run must give (Tekton before v0.11).'),
    outputs: j('Outputs', 'PipelineResources that the Task gives (Tekton before v0.11).'),
    containerTemplate: j('StepTemplate', 'The same as stepTemplate (Tekton before v0.6).'),
    generation: j('int64', IGNORED),
  }),
  Inputs: struct('What a Task takes.', {
    resources: j('TaskResource[]', 'PipelineResources that a run must give.'),
    params: j('ParamSpec[]', 'What a run may or must give.'),
    clusters: j('any', IGNORED),
  }),
  Outputs: struct('What a Task gives.', {
    results: j('TestResult[]', IGNORED),
    resources: j('TaskResource[]', 'PipelineResources that the Task gives.'),
  }),
  TestResult: struct('Files with results of tests; nothing was ever done with them.', {
    name: j('string'),
    format: j('string'),
    path: j('string'),
  }),
  TaskRunSpec: revised(v1beta1.TaskRunSpec, {
    ...serviceAccount,
    inputs: j('TaskRunInputs', 'Values of parameters, and PipelineResources (Tekton before v0.11).'),
    outputs: j('TaskRunOutputs', 'PipelineResources that the Task gives (Tekton before v0.11).'),
    ...podFields,
    ...ignoredRunFields,
  }),
  TaskRunInputs: struct('What a Task is given.', {
    resources: j('TaskResourceBinding[]', 'PipelineResources for those that the Task takes.'),
    params: j('Param[]', 'Values of parameters.'),
  }),
  TaskRunOutputs: struct('Where what a Task gives goes.', {
    resources: j('TaskResourceBinding[]', 'PipelineResources for those that the Task gives.'),
    params: j('Param[]', IGNORED),
  }),
  RunTrigger: struct('What started the run, by its own account.', { type: j('string'), name: j('string') }),
  RunResults: struct('Where logs were to go; nothing was ever sent.', {
    type: j('string'),
    url: j('string'),
  }),
};

const pipelineV1alpha1: TypeTable = {
  PipelineResource: root('What goes into a Task or comes out of it: a Git repository, an image, …', {
    spec: j('PipelineResourceSpec', 'Its type and what that wants to know.'),
    status: j('PipelineResourceStatus', IGNORED),
  }),
  PipelineResourceStatus: struct('There is none.', {}),
  Condition: root('A check that decides whether a task of a Pipeline runs.', {
    spec: j('ConditionSpec', 'The check, and what it takes.'),
  }),
  ConditionSpec: struct('The check, and what it takes.', {
    description: j('string', 'What it is, for people.'),
    check: j('Step', 'The container that is run; it is true when that ends with 0.'),
    params: j('ParamSpec[]', 'What a Pipeline may or must give.'),
    resources: j('TaskResource[]', 'PipelineResources that a Pipeline must give.'),
  }),
  Pipeline: root('Tasks that run in the order of what they need from each other.', {
    spec: j('PipelineSpec', 'The parameters, resources and tasks.'),
    status: j('PipelineStatus', IGNORED),
  }),
  PipelineStatus: struct('There is none.', {}),
  PipelineSpec: revised(v1beta1.PipelineSpec, { generation: j('int64', IGNORED) }),
  PipelineRunSpec: revised(v1beta1.PipelineRunSpec, {
    ...serviceAccount,
    serviceAccounts: j('PipelineRunAccount[]', 'ServiceAccounts of single tasks (Tekton before v0.9).'),
    ...podFields,
    ...ignoredRunFields,
  }),
  PipelineRunAccount: struct('The ServiceAccount of one task.', {
    taskName: j('string', 'Name of the task in the Pipeline.'),
    serviceAccount: j('string', 'The ServiceAccount.'),
  }),
};

/** What tekton.dev/v1alpha1 has in either of its shapes: that of Tekton v0.1 to v0.10, and that of v0.8 to v0.38. */
export const v1alpha1Types: TypeTable = { ...v1beta1, ...taskV1alpha1, ...pipelineV1alpha1 };
