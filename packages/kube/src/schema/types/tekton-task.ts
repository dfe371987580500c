import { j, root, struct, type TypeTable } from '../table.ts';

/** The fields that steps, the step template and sidecars share. */
const containerFields = {
  image: j('string', 'Reference of the image.'),
  command: j('string[]', "What to run instead of the image's ENTRYPOINT."),
  args: j('string[]', "Arguments instead of the image's CMD."),
  workingDir: j('string', "Working folder; default the image's."),
  envFrom: j('EnvFromSource[]', 'ConfigMaps and Secrets whose keys become variables.'),
  env: j('EnvVar[]', 'Environment variables.'),
  computeResources: j('ResourceRequirements', 'Limits and requests of the container.'),
  volumeMounts: j('VolumeMount[]', 'Volumes and where they appear.'),
  volumeDevices: j('VolumeDevice[]', 'Block volumes and where they appear.'),
  imagePullPolicy: j('string', 'When the image is pulled.'),
  securityContext: j('SecurityContext', "The container's privileges."),
};

const resultFields = {
  name: j('string!', 'The name.'),
  type: j('string', 'string, array or object. Default string.'),
  properties: j('PropertySpec{}', 'The keys of an object.'),
  description: j('string', 'What it is, for people.'),
};

/** Tasks and what they consist of (tekton.dev/v1). */
export const taskTypes: TypeTable = {
  Task: root('Steps that run one after another in one pod.', {
    spec: j('TaskSpec', 'The parameters, workspaces, steps and results.'),
  }),
  TaskSpec: struct('What a Task takes, does and gives.', {
    params: j('ParamSpec[]', 'What a run may or must give.'),
    displayName: j('string', 'A name for people.'),
    description: j('string', 'What the Task is for.'),
    steps: j('Step[]', 'Containers that run one after another.'),
    volumes: j('Volume[]', 'Volumes that the steps may mount.'),
    stepTemplate: j('StepTemplate', 'What every step has unless it says otherwise.'),
    sidecars: j('Sidecar[]', 'Containers that run beside the steps.'),
    workspaces: j('WorkspaceDeclaration[]', 'Folders that a run must provide.'),
    results: j('TaskResult[]', 'What the steps leave behind.'),
  }),
  ParamSpec: struct('A parameter that a run may or must give.', {
    name: j('string!', 'The name, as in $(params.name).'),
    type: j('string', 'string, array or object. Default string.'),
    description: j('string', 'What it is, for people.'),
    properties: j('PropertySpec{}', 'The keys of an object.'),
    default: j('paramValue', 'The value when a run gives none.'),
    enum: j('string[]', 'The only values that are allowed.'),
  }),
  PropertySpec: struct('The type of one key of an object.', { type: j('string') }),
  Param: struct('The value of a parameter.', {
    name: j('string!', 'The name.'),
    value: j('paramValue!', 'A string, a list of strings or a map of strings.'),
  }),
  Step: struct('One container of a Task.', {
    name: j('string', 'A DNS label, unique in the Task.'),
    displayName: j('string', 'A name for people.'),
    ...containerFields,
    script: j('string', 'A file that is run in the container, instead of a command; #! is honoured.'),
    timeout: j('duration', 'How long the step may take, like 5m.'),
    workspaces: j('WorkspaceUsage[]', 'Workspaces that only the steps naming them see.'),
    onError: j('string', 'stopAndFail, or continue with the next step.'),
    stdoutConfig: j('StepOutputConfig', 'Where a copy of the standard output goes.'),
    stderrConfig: j('StepOutputConfig', 'Where a copy of the standard error goes.'),
    ref: j('StepActionRef', 'The StepAction to run.'),
    params: j('Param[]', 'Parameters for the StepAction.'),
    results: j('StepResult[]', 'What the step leaves behind.'),
    when: j('WhenExpression[]', 'All must hold, or the step is skipped.'),
  }),
  StepTemplate: struct('What every step has unless it says otherwise.', containerFields),
  StepOutputConfig: struct('A file that gets a copy of an output.', {
    path: j('string', 'Path inside the container.'),
  }),
  StepActionRef: struct(
    'The StepAction that a step runs.',
    { name: j('string', 'Its name.') },
    { inline: [[0, 'ResolverRef']] },
  ),
  ResolverRef: struct('A definition that a resolver fetches.', {
    resolver: j('string', 'git, http, hub, bundles or cluster.'),
    params: j('Param[]', 'Parameters for the resolver.'),
  }),
  WhenExpression: struct('A condition.', {
    input: j('string', 'The value to look for.'),
    operator: j('string', 'in or notin.'),
    values: j('string[]', 'Where to look.'),
    cel: j('string', 'A CEL expression instead.'),
  }),
  Sidecar: struct('A container that runs beside the steps, and is stopped after the last.', {
    name: j('string', 'A DNS label, unique in the Task.'),
    ...containerFields,
    ports: j('ContainerPort[containerPort,protocol]', 'Ports that the container listens on.'),
    livenessProbe: j('Probe', 'When it fails, the container is restarted.'),
    readinessProbe: j('Probe', 'Until it succeeds, the first step waits.'),
    startupProbe: j('Probe', 'Until it succeeds, the other probes wait.'),
    lifecycle: j('Lifecycle', 'Hooks after the start and before the stop.'),
    terminationMessagePath: j('string'),
    terminationMessagePolicy: j('string'),
    stdin: j('boolean'),
    stdinOnce: j('boolean'),
    tty: j('boolean'),
    script: j('string', 'A file that is run in the container, instead of a command.'),
    workspaces: j('WorkspaceUsage[]', 'Workspaces that only the containers naming them see.'),
    restartPolicy: j('string', 'Always makes a native sidecar.'),
  }),
  WorkspaceDeclaration: struct('A folder that a run must provide.', {
    name: j('string!', 'The name, as in $(workspaces.name.path).'),
    description: j('string', 'What it is, for people.'),
    mountPath: j('string', 'Where it appears. Default /workspace/<name>.'),
    readOnly: j('boolean', 'Default false.'),
    optional: j('boolean', 'Whether a run may leave it out. Default false.'),
  }),
  WorkspaceUsage: struct('A workspace that a container uses.', {
    name: j('string!', 'Name of the workspace.'),
    mountPath: j('string', 'Where it appears. Default: where the Task puts it.'),
  }),
  TaskResult: struct('What the steps leave behind.', {
    ...resultFields,
    value: j('paramValue', 'The value, from results of steps.'),
  }),
  StepResult: struct('What a step leaves behind.', resultFields),
};
