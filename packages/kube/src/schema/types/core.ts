import { f, root, struct, type TypeTable } from '../table.ts';

/** Namespaces, configuration, accounts and events (core/v1). */
export const coreTypes: TypeTable = {
  Namespace: root('A scope for names, permissions and policy.', {
    spec: f(2, 'NamespaceSpec', 'Finalizers.'),
    status: f(3, 'NamespaceStatus', 'Its phase.'),
  }),
  ConfigMap: root('Configuration as key and value.', {
    immutable: f(4, 'boolean?', 'Whether the data can never change.'),
    data: f(2, 'string{}', 'Values as text.'),
    binaryData: f(3, 'bytes{}', 'Values in base64.'),
  }),
  Secret: root('Sensitive data as key and value.', {
    immutable: f(5, 'boolean?', 'Whether the data can never change.'),
    data: f(2, 'bytes{}', 'Values in base64.'),
    stringData: f(4, 'string{}', 'Values as text; written only, they move to data.'),
    type: f(3, 'string', 'What the data is: Opaque, kubernetes.io/dockerconfigjson, …', {
      default: 'Opaque',
    }),
  }),
  ServiceAccount: root('An identity that pods have towards the API and the registry.', {
    secrets: f(2, 'ObjectReference[name]', 'Secrets that pods of the account may use.'),
    imagePullSecrets: f(
      3,
      'LocalObjectReference[]',
      'Secrets with credentials for registries, given to its pods.',
    ),
    automountServiceAccountToken: f(4, 'boolean?', 'Whether pods get a token. Default true.'),
  }),
  Event: root('Something that happened to an object; kept for a limited time.', {
    involvedObject: f(2, 'ObjectReference!', 'What the event is about.'),
    reason: f(3, 'string', 'Why, in one word.'),
    message: f(4, 'string', 'What happened, for people.'),
    source: f(5, 'EventSource', 'Who reports it.'),
    firstTimestamp: f(6, 'time', 'When it was first seen.'),
    lastTimestamp: f(7, 'time', 'When it was last seen.'),
    count: f(8, 'int32', 'How often it was seen.'),
    type: f(9, 'string', 'Normal or Warning.'),
    eventTime: f(10, 'microTime'),
    series: f(11, 'EventSeries'),
    action: f(12, 'string'),
    related: f(13, 'ObjectReference'),
    reportingComponent: f(14, 'string'),
    reportingInstance: f(15, 'string'),
  }),
  NamespaceSpec: struct('', {
    finalizers: f(1, 'string[]', 'What must be done before the namespace goes.'),
  }),
  NamespaceStatus: struct('', {
    phase: f(1, 'string', 'Active or Terminating.', { oneOf: ['Active', 'Terminating'] }),
    conditions: f(2, 'NamespaceCondition[type]'),
  }),
  ObjectReference: struct(
    'Points at any object.',
    {
      kind: f(1, 'string'),
      namespace: f(2, 'string'),
      name: f(3, 'string'),
      uid: f(4, 'string'),
      apiVersion: f(5, 'string'),
      resourceVersion: f(6, 'string'),
      fieldPath: f(7, 'string'),
    },
    { atomic: true },
  ),
  EventSource: struct('', {
    component: f(1, 'string'),
    host: f(2, 'string'),
  }),
  EventSeries: struct('', {
    count: f(1, 'int32'),
    lastObservedTime: f(2, 'microTime'),
  }),
  NamespaceCondition: struct('', {
    type: f(1, 'string!'),
    status: f(2, 'string!'),
    lastTransitionTime: f(4, 'time'),
    reason: f(5, 'string'),
    message: f(6, 'string'),
  }),
};
