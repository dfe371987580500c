import { f, root, struct, type TypeTable } from '../table.ts';

/** The machines (core/v1), as far as clients print them. */
export const nodeTypes: TypeTable = {
  Node: root('A machine that runs pods.', {
    spec: f(2, 'NodeSpec', 'What is wanted.'),
    status: f(3, 'NodeStatus', 'What is.'),
  }),
  NodeSpec: struct('', {
    podCIDR: f(1, 'string'),
    podCIDRs: f(7, 'string[=]'),
    providerID: f(3, 'string'),
    unschedulable: f(4, 'boolean'),
    taints: f(5, 'Taint[]'),
    externalID: f(2, 'string'),
  }),
  NodeStatus: struct('', {
    capacity: f(1, 'quantity{}'),
    allocatable: f(2, 'quantity{}'),
    phase: f(3, 'string', '', { oneOf: ['Pending', 'Running', 'Terminated'] }),
    conditions: f(4, 'NodeCondition[type]'),
    addresses: f(5, 'NodeAddress[type]'),
    daemonEndpoints: f(6, 'NodeDaemonEndpoints'),
    nodeInfo: f(7, 'NodeSystemInfo'),
    images: f(8, 'ContainerImage[]'),
    volumesInUse: f(9, 'string[]'),
    runtimeHandlers: f(12, 'NodeRuntimeHandler[]'),
    features: f(13, 'NodeFeatures'),
  }),
  NodeCondition: struct('', {
    type: f(1, 'string!'),
    status: f(2, 'string!'),
    lastHeartbeatTime: f(3, 'time'),
    lastTransitionTime: f(4, 'time'),
    reason: f(5, 'string'),
    message: f(6, 'string'),
  }),
  NodeAddress: struct('', {
    type: f(1, 'string!'),
    address: f(2, 'string!'),
  }),
  NodeDaemonEndpoints: struct('', {
    kubeletEndpoint: f(1, 'DaemonEndpoint'),
  }),
  NodeSystemInfo: struct('', {
    machineID: f(1, 'string!'),
    systemUUID: f(2, 'string!'),
    bootID: f(3, 'string!'),
    kernelVersion: f(4, 'string!'),
    osImage: f(5, 'string!'),
    containerRuntimeVersion: f(6, 'string!'),
    kubeletVersion: f(7, 'string!'),
    kubeProxyVersion: f(8, 'string!'),
    operatingSystem: f(9, 'string!'),
    architecture: f(10, 'string!'),
  }),
  NodeRuntimeHandler: struct('', {
    name: f(1, 'string'),
    features: f(2, 'NodeRuntimeHandlerFeatures'),
  }),
  NodeFeatures: struct('', {
    supplementalGroupsPolicy: f(1, 'boolean?'),
  }),
  NodeRuntimeHandlerFeatures: struct('', {
    recursiveReadOnlyMounts: f(1, 'boolean?'),
    userNamespaces: f(2, 'boolean?'),
  }),
  Taint: struct('', {
    key: f(1, 'string!'),
    value: f(2, 'string'),
    effect: f(3, 'string!', '', { oneOf: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] }),
    timeAdded: f(4, 'time?'),
  }),
  ContainerImage: struct('', {
    names: f(1, 'string[]'),
    sizeBytes: f(2, 'int64'),
  }),
  DaemonEndpoint: struct('', {
    Port: f(1, 'int32!'),
  }),
};
