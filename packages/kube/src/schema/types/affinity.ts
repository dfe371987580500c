import { f, struct, type TypeTable } from '../table.ts';

/** Where a pod may run (core/v1). */
export const affinityTypes: TypeTable = {
  Affinity: struct('Preferences for the machine that the pod runs on.', {
    nodeAffinity: f(1, 'NodeAffinity'),
    podAffinity: f(2, 'PodAffinity'),
    podAntiAffinity: f(3, 'PodAntiAffinity'),
  }),
  NodeAffinity: struct('', {
    requiredDuringSchedulingIgnoredDuringExecution: f(1, 'NodeSelector'),
    preferredDuringSchedulingIgnoredDuringExecution: f(2, 'PreferredSchedulingTerm[]'),
  }),
  PodAffinity: struct('', {
    requiredDuringSchedulingIgnoredDuringExecution: f(1, 'PodAffinityTerm[]'),
    preferredDuringSchedulingIgnoredDuringExecution: f(2, 'WeightedPodAffinityTerm[]'),
  }),
  PodAntiAffinity: struct('', {
    requiredDuringSchedulingIgnoredDuringExecution: f(1, 'PodAffinityTerm[]'),
    preferredDuringSchedulingIgnoredDuringExecution: f(2, 'WeightedPodAffinityTerm[]'),
  }),
  NodeSelector: struct(
    '',
    {
      nodeSelectorTerms: f(1, 'NodeSelectorTerm[]!'),
    },
    { atomic: true },
  ),
  NodeSelectorTerm: struct(
    '',
    {
      matchExpressions: f(1, 'NodeSelectorRequirement[]'),
      matchFields: f(2, 'NodeSelectorRequirement[]'),
    },
    { atomic: true },
  ),
  NodeSelectorRequirement: struct('', {
    key: f(1, 'string!'),
    operator: f(2, 'string!', '', { oneOf: ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'] }),
    values: f(3, 'string[]'),
  }),
  PreferredSchedulingTerm: struct('', {
    weight: f(1, 'int32!'),
    preference: f(2, 'NodeSelectorTerm!'),
  }),
  PodAffinityTerm: struct('', {
    labelSelector: f(1, 'LabelSelector'),
    namespaces: f(2, 'string[]'),
    topologyKey: f(3, 'string!'),
    namespaceSelector: f(4, 'LabelSelector'),
    matchLabelKeys: f(5, 'string[]'),
    mismatchLabelKeys: f(6, 'string[]'),
  }),
  WeightedPodAffinityTerm: struct('', {
    weight: f(1, 'int32!'),
    podAffinityTerm: f(2, 'PodAffinityTerm!'),
  }),
  Toleration: struct('A taint that does not keep the pod away.', {
    key: f(1, 'string'),
    operator: f(2, 'string', '', { oneOf: ['Exists', 'Equal'] }),
    value: f(3, 'string'),
    effect: f(4, 'string', '', { oneOf: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] }),
    tolerationSeconds: f(5, 'int64?'),
  }),
  TopologySpreadConstraint: struct('How pods spread over machines.', {
    maxSkew: f(1, 'int32!'),
    topologyKey: f(2, 'string!'),
    whenUnsatisfiable: f(3, 'string!', '', { oneOf: ['DoNotSchedule', 'ScheduleAnyway'] }),
    labelSelector: f(4, 'LabelSelector'),
    minDomains: f(5, 'int32?'),
    nodeAffinityPolicy: f(6, 'string?', '', { oneOf: ['Ignore', 'Honor'] }),
    nodeTaintsPolicy: f(7, 'string?', '', { oneOf: ['Ignore', 'Honor'] }),
    matchLabelKeys: f(8, 'string[]'),
  }),
};
