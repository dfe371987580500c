import { f, struct, type TypeTable } from '../table.ts';

const containerFields = {
  name: f(1, 'string!', 'A DNS label, unique in the pod.'),
  image: f(2, 'string', 'Reference of the image.'),
  command: f(3, 'string[]', "What to run instead of the image's ENTRYPOINT; $(VAR) is replaced."),
  args: f(4, 'string[]', "Arguments instead of the image's CMD; $(VAR) is replaced."),
  workingDir: f(5, 'string', "Working folder; default the image's."),
  ports: f(6, 'ContainerPort[containerPort,protocol]', 'Ports that the container listens on.'),
  envFrom: f(19, 'EnvFromSource[]', 'ConfigMaps and Secrets whose keys become variables.'),
  env: f(7, 'EnvVar[name]', 'Environment variables.'),
  resources: f(8, 'ResourceRequirements', 'Limits and requests.', { default: {} }),
  resizePolicy: f(23, 'ContainerResizePolicy[]', 'What happens when resources change.'),
  restartPolicy: f(24, 'string?', 'For init containers: Always makes a sidecar.'),
  volumeMounts: f(9, 'VolumeMount[mountPath]', 'Volumes and where they appear.'),
  volumeDevices: f(21, 'VolumeDevice[devicePath]', 'Block volumes and where they appear.'),
  livenessProbe: f(10, 'Probe', 'When it fails, the container is restarted.'),
  readinessProbe: f(11, 'Probe', 'Until it succeeds, the container is not ready.'),
  startupProbe: f(22, 'Probe', 'Until it succeeds, the other probes wait.'),
  lifecycle: f(12, 'Lifecycle', 'Hooks after the start and before the stop.'),
  terminationMessagePath: f(
    13,
    'string',
    'File whose content becomes the message of the terminated state. Default /dev/termination-log.',
    { default: '/dev/termination-log' },
  ),
  terminationMessagePolicy: f(
    20,
    'string',
    'Whether the end of the log stands in for a missing message. Default File.',
    { oneOf: ['File', 'FallbackToLogsOnError'], default: 'File' },
  ),
  imagePullPolicy: f(
    14,
    'string',
    'When the image is pulled. Default Always for :latest, else IfNotPresent.',
    { oneOf: ['Always', 'Never', 'IfNotPresent'] },
  ),
  securityContext: f(15, 'SecurityContext', "The container's privileges."),
  stdin: f(16, 'boolean', 'Keep a standard input open.'),
  stdinOnce: f(17, 'boolean', 'Close it after the first session.'),
  tty: f(18, 'boolean', 'Give the container a terminal.'),
};

/** Containers: what they run, their environment, mounts, probes and privileges (core/v1). */
export const containerTypes: TypeTable = {
  Container: struct(
    'One container of a pod: an image, what to run in it, and what it may do.',
    containerFields,
  ),
  EphemeralContainer: struct(
    'A container added to a running pod for debugging.',
    {
      targetContainerName: f(2, 'string'),
    },
    { inline: [[1, 'EphemeralContainerCommon']] },
  ),
  EphemeralContainerCommon: struct(
    'The fields that an ephemeral container shares with other containers.',
    containerFields,
  ),
  ContainerPort: struct('A port that a container listens on; for information.', {
    name: f(1, 'string', 'A name for the port.'),
    hostPort: f(2, 'int32', 'A port of the machine that leads here.'),
    containerPort: f(3, 'int32!', 'The port, 1 to 65535.'),
    protocol: f(4, 'string', 'Default TCP.', { oneOf: ['TCP', 'UDP', 'SCTP'], default: 'TCP' }),
    hostIP: f(5, 'string'),
  }),
  EnvVar: struct('One environment variable.', {
    name: f(1, 'string!', 'The name.'),
    value: f(2, 'string', 'The value; $(VAR) is replaced by variables before it, $$ is a dollar sign.'),
    valueFrom: f(3, 'EnvVarSource', 'Where the value comes from instead.'),
  }),
  EnvVarSource: struct('Where the value of an environment variable comes from; one member is set.', {
    fieldRef: f(1, 'ObjectFieldSelector', 'A field of the pod.'),
    resourceFieldRef: f(2, 'ResourceFieldSelector', 'A limit or request of a container.'),
    configMapKeyRef: f(3, 'ConfigMapKeySelector', 'A key of a ConfigMap.'),
    secretKeyRef: f(4, 'SecretKeySelector', 'A key of a Secret.'),
  }),
  ObjectFieldSelector: struct(
    'A field of the pod, such as metadata.name.',
    {
      apiVersion: f(1, 'string', '', { default: 'v1' }),
      fieldPath: f(2, 'string!'),
    },
    { atomic: true },
  ),
  ResourceFieldSelector: struct(
    "A container's limit or request, such as limits.cpu.",
    {
      containerName: f(1, 'string'),
      resource: f(2, 'string!'),
      divisor: f(3, 'quantity', '', { default: '0' }),
    },
    { atomic: true },
  ),
  ConfigMapKeySelector: struct(
    'One key of a ConfigMap.',
    {
      key: f(2, 'string!'),
      optional: f(3, 'boolean?'),
    },
    { inline: [[1, 'LocalObjectReference']], atomic: true },
  ),
  SecretKeySelector: struct(
    'One key of a Secret.',
    {
      key: f(2, 'string!'),
      optional: f(3, 'boolean?'),
    },
    { inline: [[1, 'LocalObjectReference']], atomic: true },
  ),
  EnvFromSource: struct('A ConfigMap or Secret whose keys all become environment variables.', {
    prefix: f(1, 'string', 'Text before each name.'),
    configMapRef: f(2, 'ConfigMapEnvSource', 'The ConfigMap.'),
    secretRef: f(3, 'SecretEnvSource', 'The Secret.'),
  }),
  ConfigMapEnvSource: struct(
    'The ConfigMap whose keys become variables.',
    {
      optional: f(2, 'boolean?'),
    },
    { inline: [[1, 'LocalObjectReference']] },
  ),
  SecretEnvSource: struct(
    'The Secret whose keys become variables.',
    {
      optional: f(2, 'boolean?'),
    },
    { inline: [[1, 'LocalObjectReference']] },
  ),
  ResourceRequirements: struct('How much cpu and memory a container needs at least and may use at most.', {
    limits: f(1, 'quantity{}', 'At most this much.'),
    requests: f(2, 'quantity{}', 'At least this much.'),
    claims: f(3, 'ResourceClaim[name]', '', { replace: true }),
  }),
  ResourceClaim: struct('A claim of spec.resourceClaims that the container uses.', {
    name: f(1, 'string!'),
    request: f(2, 'string'),
  }),
  ContainerResizePolicy: struct('', {
    resourceName: f(1, 'string!'),
    restartPolicy: f(2, 'string!'),
  }),
  VolumeMount: struct('Where a volume appears inside a container.', {
    name: f(1, 'string!', 'Name of the volume.'),
    readOnly: f(2, 'boolean', 'Default false.'),
    recursiveReadOnly: f(7, 'string?'),
    mountPath: f(3, 'string!', 'Path inside the container.'),
    subPath: f(4, 'string', 'Path inside the volume; default its root.'),
    mountPropagation: f(5, 'string?', '', { oneOf: ['None', 'HostToContainer', 'Bidirectional'] }),
    subPathExpr: f(6, 'string', 'As subPath, with $(VAR) replaced.'),
  }),
  VolumeDevice: struct('Where a block volume appears inside a container.', {
    name: f(1, 'string!'),
    devicePath: f(2, 'string!'),
  }),
  Probe: struct(
    'A check of a container, repeated while it runs.',
    {
      initialDelaySeconds: f(2, 'int32', 'Seconds before the first check.'),
      timeoutSeconds: f(3, 'int32', 'Seconds that one check may take. Default 1.', { default: 1 }),
      periodSeconds: f(4, 'int32', 'Seconds between checks. Default 10.', { default: 10 }),
      successThreshold: f(5, 'int32', 'Successes in a row that count. Default 1.', { default: 1 }),
      failureThreshold: f(6, 'int32', 'Failures in a row that count. Default 3.', { default: 3 }),
      terminationGracePeriodSeconds: f(7, 'int64?'),
    },
    { inline: [[1, 'ProbeHandler']] },
  ),
  ProbeHandler: struct('What a probe does; one member is set.', {
    exec: f(1, 'ExecAction'),
    httpGet: f(2, 'HTTPGetAction'),
    tcpSocket: f(3, 'TCPSocketAction'),
    grpc: f(4, 'GRPCAction'),
  }),
  Lifecycle: struct('What runs right after a container starts and right before it stops.', {
    postStart: f(1, 'LifecycleHandler'),
    preStop: f(2, 'LifecycleHandler'),
  }),
  LifecycleHandler: struct('What a lifecycle hook does; one member is set.', {
    exec: f(1, 'ExecAction'),
    httpGet: f(2, 'HTTPGetAction'),
    tcpSocket: f(3, 'TCPSocketAction'),
    sleep: f(4, 'SleepAction'),
  }),
  ExecAction: struct('Runs a command inside the container; exit code 0 is success.', {
    command: f(1, 'string[]'),
  }),
  HTTPGetAction: struct('Sends an HTTP GET request; 200 to 399 is success.', {
    path: f(1, 'string', '', { default: '/' }),
    port: f(2, 'intOrString!'),
    host: f(3, 'string'),
    scheme: f(4, 'string', '', { oneOf: ['HTTP', 'HTTPS'], default: 'HTTP' }),
    httpHeaders: f(5, 'HTTPHeader[]'),
  }),
  HTTPHeader: struct('A header of the request.', {
    name: f(1, 'string!'),
    value: f(2, 'string!'),
  }),
  TCPSocketAction: struct('Opens a TCP connection.', {
    port: f(1, 'intOrString!'),
    host: f(2, 'string'),
  }),
  GRPCAction: struct('Calls the gRPC health service.', {
    port: f(1, 'int32!'),
    service: f(2, 'string?', '', { default: '' }),
  }),
  SleepAction: struct('Waits.', {
    seconds: f(1, 'int64!'),
  }),
};
