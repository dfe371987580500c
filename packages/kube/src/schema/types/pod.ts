import { f, root, struct, type TypeTable } from '../table.ts';

/** The pod and what it wants (core/v1). */
export const podTypes: TypeTable = {
  Pod: root('A group of containers that run together on one machine and share volumes and network.', {
    spec: f(2, 'PodSpec', 'What is wanted.'),
    status: f(3, 'PodStatus', 'What is.'),
  }),
  PodSpec: struct('What a pod consists of and how it runs.', {
    volumes: f(1, 'Volume[name]', 'Volumes that containers of the pod may mount.', { retainKeys: true }),
    initContainers: f(
      20,
      'Container[name]',
      'Containers that run one after another, to their end, before the others start.',
    ),
    containers: f(2, 'Container[name]!', 'The containers; at least one.'),
    ephemeralContainers: f(34, 'EphemeralContainer[name]', 'Containers added for debugging.'),
    restartPolicy: f(3, 'string', 'Whether ended containers start again. Default Always.', {
      oneOf: ['Always', 'OnFailure', 'Never'],
      default: 'Always',
    }),
    terminationGracePeriodSeconds: f(
      4,
      'int64?',
      'Seconds between the stop signal and the kill. Default 30.',
      { default: 30 },
    ),
    activeDeadlineSeconds: f(5, 'int64?', 'Seconds after which the pod is failed.'),
    dnsPolicy: f(6, 'string', 'How names are resolved. Default ClusterFirst.', {
      oneOf: ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'],
      default: 'ClusterFirst',
    }),
    nodeSelector: f(7, 'string{}', 'Labels that the machine must have.', { atomic: true }),
    serviceAccountName: f(8, 'string', 'The ServiceAccount that the pod runs as. Default default.'),
    serviceAccount: f(9, 'string', 'Deprecated: use serviceAccountName.'),
    automountServiceAccountToken: f(
      21,
      'boolean?',
      "Whether containers get the ServiceAccount's token. Default true.",
    ),
    nodeName: f(10, 'string', 'The machine that the pod runs on.'),
    hostNetwork: f(11, 'boolean', "Use the machine's network."),
    hostPID: f(12, 'boolean', "Use the machine's process ids."),
    hostIPC: f(13, 'boolean', "Use the machine's IPC."),
    shareProcessNamespace: f(27, 'boolean?', "Containers see each other's processes."),
    securityContext: f(14, 'PodSecurityContext', 'Privileges for all containers.', { default: {} }),
    imagePullSecrets: f(15, 'LocalObjectReference[name]', 'Secrets with credentials for registries.'),
    hostname: f(16, 'string', "The pod's host name; default its name."),
    subdomain: f(17, 'string'),
    affinity: f(18, 'Affinity', 'Preferences for the machine.'),
    schedulerName: f(19, 'string', 'The scheduler that places the pod.', { default: 'default-scheduler' }),
    tolerations: f(22, 'Toleration[]', 'Taints that do not keep the pod away.'),
    hostAliases: f(23, 'HostAlias[ip]', "Additional lines of the pod's hosts file."),
    priorityClassName: f(24, 'string', 'The PriorityClass of the pod.'),
    priority: f(25, 'int32?'),
    dnsConfig: f(26, 'PodDNSConfig', 'Name servers and search domains.'),
    readinessGates: f(28, 'PodReadinessGate[]'),
    runtimeClassName: f(29, 'string?', 'The RuntimeClass that runs the pod.'),
    enableServiceLinks: f(30, 'boolean?', 'Whether services appear as environment variables. Default true.', {
      default: true,
    }),
    preemptionPolicy: f(31, 'string?', '', { oneOf: ['PreemptLowerPriority', 'Never'] }),
    overhead: f(32, 'quantity{}'),
    topologySpreadConstraints: f(33, 'TopologySpreadConstraint[topologyKey,whenUnsatisfiable]'),
    setHostnameAsFQDN: f(35, 'boolean?'),
    os: f(36, 'PodOS'),
    hostUsers: f(37, 'boolean?', "Use the machine's user ids. Default true."),
    schedulingGates: f(38, 'PodSchedulingGate[name]'),
    resourceClaims: f(39, 'PodResourceClaim[name]', '', { retainKeys: true }),
  }),
  LocalObjectReference: struct(
    'Names an object in the same namespace.',
    {
      name: f(1, 'string', 'Name of the object.'),
    },
    { atomic: true },
  ),
  HostAlias: struct("A line of the pod's hosts file.", {
    ip: f(1, 'string!'),
    hostnames: f(2, 'string[]'),
  }),
  PodDNSConfig: struct("The pod's name servers and search domains.", {
    nameservers: f(1, 'string[]'),
    searches: f(2, 'string[]'),
    options: f(3, 'PodDNSConfigOption[]'),
  }),
  PodDNSConfigOption: struct('', {
    name: f(1, 'string'),
    value: f(2, 'string?'),
  }),
  PodReadinessGate: struct('', {
    conditionType: f(1, 'string!'),
  }),
  PodOS: struct('', {
    name: f(1, 'string!'),
  }),
  PodSchedulingGate: struct('', {
    name: f(1, 'string!'),
  }),
  PodResourceClaim: struct('', {
    name: f(1, 'string!'),
    resourceClaimName: f(3, 'string?'),
    resourceClaimTemplateName: f(4, 'string?'),
  }),
};
