import { j, root, struct, type TypeTable } from '../table.ts';

/** Pipelines and what they consist of (tekton.dev/v1). */
export const pipelineTypes: TypeTable = {
  Pipeline: root('Tasks that run in the order of what they need from each other.', {
    spec: j('PipelineSpec', 'The parameters, workspaces, tasks and results.'),
  }),
  PipelineSpec: struct('What a Pipeline takes, runs and gives.', {
    displayName: j('string', 'A name for people.'),
    description: j('string', 'What the Pipeline is for.'),
    tasks: j('PipelineTask[]', 'Tasks that run as soon as what they need is there.'),
    params: j('ParamSpec[]', 'What a run may or must give.'),
    workspaces: j('PipelineWorkspaceDeclaration[]', 'Folders that a run must provide.'),
    results: j('PipelineResult[]', 'What the tasks leave behind.'),
    finally: j('PipelineTask[]', 'Tasks that run when the others are over, whatever came of them.'),
  }),
  PipelineTask: struct('One task of a Pipeline.', {
    name: j('string', 'A DNS label, unique in the Pipeline.'),
    displayName: j('string', 'A name for people.'),
    description: j('string', 'What it is for.'),
    taskRef: j('TaskRef', 'The Task, by name or by resolver.'),
    taskSpec: j('EmbeddedTask', 'The Task itself, instead of taskRef.'),
    when: j('WhenExpression[]', 'All must hold, or the task is skipped.'),
    retries: j('int32', 'How often it is tried again when it fails. Default 0.'),
    runAfter: j('string[]', 'Tasks that must be over before this one starts.'),
    params: j('Param[]', 'Values of parameters.'),
    matrix: j('Matrix', 'Runs the task once for each combination of values.'),
    workspaces: j('WorkspacePipelineTaskBinding[]', 'Workspaces of the Pipeline that the task gets.'),
    timeout: j('duration', 'How long the task may take, like 1h30m.'),
    pipelineRef: j('PipelineRef', 'A Pipeline to run instead of a Task.'),
    pipelineSpec: j('PipelineSpec', 'A Pipeline itself, instead of pipelineRef.'),
    onError: j('string', 'stopAndFail, or continue with the other tasks.'),
  }),
  EmbeddedTask: struct(
    'A Task that stands in a Pipeline.',
    {
      apiVersion: j('string', 'The API version of a custom task.'),
      kind: j('string', 'The kind of a custom task.'),
      spec: j('CustomTaskSpec', 'What a custom task is given.'),
      metadata: j('PipelineTaskMetadata', 'Labels and annotations of its run.'),
    },
    { inline: [[0, 'TaskSpec']] },
  ),
  CustomTaskSpec: struct('What a custom task is given.', {}, { open: true }),
  PipelineTaskMetadata: struct('Labels and annotations.', {
    labels: j('string{}'),
    annotations: j('string{}'),
  }),
  Matrix: struct('Values of which each combination makes a run.', {
    params: j('Param[]', 'Lists of values; all combinations are run.'),
    include: j('IncludeParams[]', 'Values that are added to combinations, or are combinations themselves.'),
  }),
  IncludeParams: struct('Values for one combination.', {
    name: j('string', 'A name for people.'),
    params: j('Param[]', 'The values.'),
  }),
  WorkspacePipelineTaskBinding: struct('The workspace of the Pipeline that a task gets.', {
    name: j('string!', 'Name of the workspace as the Task declares it.'),
    workspace: j('string', 'Name of the workspace as the Pipeline declares it. Default: the same.'),
    subPath: j('string', 'Path inside the workspace.'),
  }),
  PipelineWorkspaceDeclaration: struct('A folder that a run must provide.', {
    name: j('string!', 'The name.'),
    description: j('string', 'What it is, for people.'),
    optional: j('boolean', 'Whether a run may leave it out. Default false.'),
  }),
  PipelineResult: struct('What a run leaves behind.', {
    name: j('string!', 'The name.'),
    type: j('string', 'string, array or object. Default string.'),
    description: j('string', 'What it is, for people.'),
    value: j('paramValue!', 'The value, from results of tasks.'),
  }),
  PipelineRef: struct(
    'The Pipeline to run.',
    { name: j('string', 'Its name.'), apiVersion: j('string', 'Its API version.') },
    { inline: [[0, 'ResolverRef']] },
  ),
};
