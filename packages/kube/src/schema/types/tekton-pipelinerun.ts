import { j, root, struct, type TypeTable } from '../table.ts';

/** Runs of Pipelines (tekton.dev/v1). */
export const pipelineRunTypes: TypeTable = {
  PipelineRun: root('One execution of a Pipeline.', {
    spec: j('PipelineRunSpec', 'The Pipeline and what it is given.'),
    status: j('PipelineRunStatus', 'How far it has come.'),
  }),
  PipelineRunSpec: struct('The Pipeline to run and what it is given.', {
    pipelineRef: j('PipelineRef', 'The Pipeline, by name or by resolver.'),
    pipelineSpec: j('PipelineSpec', 'The Pipeline itself, instead of pipelineRef.'),
    params: j('Param[]', 'Values of parameters.'),
    status: j(
      'string',
      'Cancelled, CancelledRunFinally or StoppedRunFinally end the run; PipelineRunPending holds it back.',
    ),
    timeouts: j('TimeoutFields', 'How long the run and its parts may take.'),
    taskRunTemplate: j('PipelineTaskRunTemplate', 'What every TaskRun gets.'),
    workspaces: j('WorkspaceBinding[]', 'Folders for the workspaces that the Pipeline declares.'),
    taskRunSpecs: j('PipelineTaskRunSpec[]', 'What the TaskRuns of single tasks get.'),
    managedBy: j('string', 'The controller that runs it, when it is not Tekton.'),
  }),
  TimeoutFields: struct('How long a run and its parts may take; 0 for ever.', {
    pipeline: j('duration', 'The whole run. Default 1h.'),
    tasks: j('duration', 'The tasks before finally.'),
    finally: j('duration', 'The tasks of finally.'),
  }),
  PipelineTaskRunTemplate: struct('What every TaskRun of a run gets.', {
    podTemplate: j('PodTemplate', 'Settings for the pods.'),
    serviceAccountName: j('string', 'The ServiceAccount that the pods run as. Default default.'),
  }),
  PipelineTaskRunSpec: struct('What the TaskRun of one task gets.', {
    pipelineTaskName: j('string', 'Name of the task in the Pipeline.'),
    serviceAccountName: j('string', 'The ServiceAccount that the pod runs as.'),
    podTemplate: j('PodTemplate', 'Settings for the pod.'),
    stepSpecs: j('TaskRunStepSpec[]', 'Resources of single steps.'),
    sidecarSpecs: j('TaskRunStepSpec[]', 'Resources of single sidecars.'),
    metadata: j('PipelineTaskMetadata', 'Labels and annotations of the TaskRun.'),
    computeResources: j('ResourceRequirements', 'Resources of the whole TaskRun.'),
    timeout: j('duration', 'How long the TaskRun may take.'),
  }),
  PipelineRunStatus: struct('How far a run has come.', {
    observedGeneration: j('int64', 'The generation that the status belongs to.'),
    annotations: j('string{}'),
    conditions: j('TektonCondition[type]', 'Succeeded: Unknown while it runs, then True or False.'),
    startTime: j('time', 'When the run began.'),
    completionTime: j('time', 'When the run ended.'),
    results: j('TaskRunResult[]', 'What the tasks left behind.'),
    pipelineSpec: j('PipelineSpec', 'The Pipeline as it was when the run began.'),
    skippedTasks: j('SkippedTask[]', 'Tasks that were not run.'),
    childReferences: j('ChildStatusReference[]', 'The runs of the tasks.'),
    finallyStartTime: j('time', 'When the tasks of finally began.'),
    provenance: j('Provenance', 'Where the Pipeline came from.'),
    spanContext: j('string{}', 'The trace that the run belongs to.'),
  }),
  ChildStatusReference: struct('A run that belongs to the run.', {
    apiVersion: j('string', 'Its API version.'),
    kind: j('string', 'Its kind.'),
    name: j('string', 'Its name.'),
    displayName: j('string', 'A name for people.'),
    pipelineTaskName: j('string', 'Name of the task in the Pipeline.'),
    whenExpressions: j('WhenExpression[]', 'The conditions under which it was run.'),
  }),
  SkippedTask: struct('A task that was not run.', {
    name: j('string!', 'Name of the task in the Pipeline.'),
    reason: j('string!', 'Why it was not run.'),
    whenExpressions: j('WhenExpression[]', 'The conditions that did not hold.'),
  }),
};
