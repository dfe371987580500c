import { f, struct, type TypeTable } from '../table.ts';

/** What is known of a pod and its containers (core/v1). */
export const podStatusTypes: TypeTable = {
  PodStatus: struct('What the pod runner has seen of a pod; may lag behind.', {
    phase: f(1, 'string', 'A summary: Pending, Running, Succeeded, Failed or Unknown.', {
      oneOf: ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'],
    }),
    conditions: f(2, 'PodCondition[type]', 'Aspects of the pod.'),
    message: f(3, 'string', 'Why the pod is in this state, for people.'),
    reason: f(4, 'string', 'Why the pod is in this state, in one word.'),
    nominatedNodeName: f(11, 'string'),
    hostIP: f(5, 'string', "The machine's address."),
    hostIPs: f(16, 'HostIP[ip]', '', { atomic: true }),
    podIP: f(6, 'string', "The pod's address."),
    podIPs: f(12, 'PodIP[ip]'),
    startTime: f(7, 'time?', 'When the machine took the pod.'),
    initContainerStatuses: f(10, 'ContainerStatus[]', 'One entry an init container.'),
    containerStatuses: f(8, 'ContainerStatus[]', 'One entry a container.'),
    qosClass: f(9, 'string', 'Quality of service that follows from limits and requests.', {
      oneOf: ['Guaranteed', 'Burstable', 'BestEffort'],
    }),
    ephemeralContainerStatuses: f(13, 'ContainerStatus[]'),
    resize: f(14, 'string'),
    resourceClaimStatuses: f(15, 'PodResourceClaimStatus[name]', '', { retainKeys: true }),
  }),
  PodCondition: struct('One aspect of the pod: PodScheduled, Initialized, ContainersReady, Ready.', {
    type: f(1, 'string!'),
    status: f(2, 'string!'),
    lastProbeTime: f(3, 'time'),
    lastTransitionTime: f(4, 'time'),
    reason: f(5, 'string'),
    message: f(6, 'string'),
  }),
  HostIP: struct('', {
    ip: f(1, 'string!'),
  }),
  PodIP: struct('', {
    ip: f(1, 'string!'),
  }),
  ContainerStatus: struct('What is known of one container.', {
    name: f(1, 'string!', 'Name of the container.'),
    state: f(2, 'ContainerState', 'Its state now.'),
    lastState: f(3, 'ContainerState', 'Its state before the last restart.'),
    ready: f(4, 'boolean!', 'Whether it is ready.'),
    restartCount: f(5, 'int32!', 'How often it was started again.'),
    image: f(6, 'string!', 'The image it runs.'),
    imageID: f(7, 'string!', 'The image by digest.'),
    containerID: f(8, 'string', "The runtime's id of it."),
    started: f(9, 'boolean?', 'Whether it has started.'),
    allocatedResources: f(10, 'quantity{}'),
    resources: f(11, 'ResourceRequirements'),
    volumeMounts: f(12, 'VolumeMountStatus[mountPath]'),
    user: f(13, 'ContainerUser'),
    allocatedResourcesStatus: f(14, 'ResourceStatus[name]'),
  }),
  ContainerState: struct('Waiting, running or terminated; one member is set.', {
    waiting: f(1, 'ContainerStateWaiting'),
    running: f(2, 'ContainerStateRunning'),
    terminated: f(3, 'ContainerStateTerminated'),
  }),
  ContainerStateWaiting: struct('The container has not started.', {
    reason: f(1, 'string', 'ContainerCreating, ImagePullBackOff, …'),
    message: f(2, 'string', 'More, for people.'),
  }),
  ContainerStateRunning: struct('The container runs.', {
    startedAt: f(1, 'time', 'When it started.'),
  }),
  ContainerStateTerminated: struct('The container has ended.', {
    exitCode: f(1, 'int32!', 'Exit code.'),
    signal: f(2, 'int32', 'The signal that ended it.'),
    reason: f(3, 'string', 'Completed, Error, OOMKilled, …'),
    message: f(4, 'string', 'What it left in its termination message file.'),
    startedAt: f(5, 'time', 'When it started.'),
    finishedAt: f(6, 'time', 'When it ended.'),
    containerID: f(7, 'string'),
  }),
  PodResourceClaimStatus: struct('', {
    name: f(1, 'string!'),
    resourceClaimName: f(2, 'string?'),
  }),
  VolumeMountStatus: struct('', {
    name: f(1, 'string!'),
    mountPath: f(2, 'string!'),
    readOnly: f(3, 'boolean', 'Default false.'),
    recursiveReadOnly: f(4, 'string?'),
  }),
  ContainerUser: struct('', {
    linux: f(1, 'LinuxContainerUser'),
  }),
  LinuxContainerUser: struct('', {
    uid: f(1, 'int64!'),
    gid: f(2, 'int64!'),
    supplementalGroups: f(3, 'int64[]'),
  }),
  ResourceStatus: struct('', {
    name: f(1, 'string!'),
    resources: f(2, 'ResourceHealth[resourceID]', '', { replace: true }),
  }),
  ResourceHealth: struct('', {
    resourceID: f(1, 'string!'),
    health: f(2, 'string'),
  }),
};
