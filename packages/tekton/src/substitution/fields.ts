import type { Sidecar, Step, TaskSpec, WorkspaceBinding } from '@slipway/kube';
import { type Replacements, replaceInList, replaceInText } from './replacements.ts';

/**
 * The fields that accept variables, as Tekton's docs/variables.md lists them. `[]` steps into a list, `*` into
 * every member of a map, a trailing `+` marks a list of strings in which a whole array may stand for one item.
 */
const CONTAINER_FIELDS = [
  'name',
  'image',
  'imagePullPolicy',
  'workingDir',
  'command+',
  'args+',
  'env[].value',
  'env[].valueFrom.secretKeyRef.name',
  'env[].valueFrom.secretKeyRef.key',
  'env[].valueFrom.configMapKeyRef.name',
  'env[].valueFrom.configMapKeyRef.key',
  'envFrom[].prefix',
  'envFrom[].configMapRef.name',
  'envFrom[].secretRef.name',
  'volumeMounts[].name',
  'volumeMounts[].mountPath',
  'volumeMounts[].subPath',
] as const;

const STEP_FIELDS = [...CONTAINER_FIELDS, 'script', 'onError', 'stdoutConfig.path', 'stderrConfig.path'];
const SIDECAR_FIELDS = [...CONTAINER_FIELDS, 'script'];

const KEY_TO_PATH = ['items[].key', 'items[].path'];
const at = (prefix: string, fields: readonly string[]): string[] =>
  fields.map((field) => `${prefix}.${field}`);

const VOLUME_FIELDS = [
  'name',
  ...at('configMap', ['name', ...KEY_TO_PATH]),
  ...at('secret', ['secretName', ...KEY_TO_PATH]),
  'persistentVolumeClaim.claimName',
  ...at('projected.sources[]', ['configMap.name', 'secret.name', 'serviceAccountToken.audience']),
  'csi.nodePublishSecretRef.name',
  'csi.volumeAttributes.*',
];

const BINDING_FIELDS = [
  'subPath',
  'persistentVolumeClaim.claimName',
  ...at('configMap', ['name', ...KEY_TO_PATH]),
  ...at('secret', ['secretName', ...KEY_TO_PATH]),
  ...at('projected.sources[].secret', ['name', ...KEY_TO_PATH]),
  ...at('projected.sources[].configMap', ['name', ...KEY_TO_PATH]),
  'csi.driver',
  'csi.nodePublishSecretRef.name',
];

const POD_TEMPLATE_FIELDS = [
  'nodeSelector.*',
  'tolerations[].key',
  'tolerations[].operator',
  'tolerations[].value',
  'tolerations[].effect',
  'runtimeClassName',
  'schedulerName',
  'priorityClassName',
  'imagePullSecrets[].name',
  'hostAliases[].ip',
  'hostAliases[].hostnames+',
  'env[].value',
  ...at('volumes[]', VOLUME_FIELDS),
];

const TASK_FIELDS = [
  ...at('steps[]', STEP_FIELDS),
  ...at('stepTemplate', CONTAINER_FIELDS),
  ...at('sidecars[]', SIDECAR_FIELDS),
  ...at('volumes[]', VOLUME_FIELDS),
  'workspaces[].mountPath',
].map(parsePath);

const PARSED_STEP = STEP_FIELDS.map(parsePath);
const PARSED_SIDECAR = SIDECAR_FIELDS.map(parsePath);
const PARSED_BINDING = BINDING_FIELDS.map(parsePath);
const PARSED_POD_TEMPLATE = POD_TEMPLATE_FIELDS.map(parsePath);

function parsePath(path: string): string[] {
  return path.replaceAll('[]', '.[]').replace(/\+$/, '.+').split('.');
}

/** A copy of the Task with the variables replaced in every field that accepts them. */
export function replaceInTaskSpec(spec: TaskSpec, replacements: Replacements): TaskSpec {
  return replaceFields(spec, TASK_FIELDS, replacements);
}

/** A copy of one step with its variables replaced. */
export function replaceInStep(step: Step, replacements: Replacements): Step {
  return replaceFields(step, PARSED_STEP, replacements);
}

/** A copy of one sidecar with its variables replaced. */
export function replaceInSidecar(sidecar: Sidecar, replacements: Replacements): Sidecar {
  return replaceFields(sidecar, PARSED_SIDECAR, replacements);
}

/** A copy of a TaskRun's workspace binding with its variables replaced. */
export function replaceInBinding(binding: WorkspaceBinding, replacements: Replacements): WorkspaceBinding {
  return replaceFields(binding, PARSED_BINDING, replacements);
}

/** A copy of a TaskRun's pod template with its variables replaced. */
export function replaceInPodTemplate(
  template: Record<string, unknown>,
  replacements: Replacements,
): Record<string, unknown> {
  return replaceFields(template, PARSED_POD_TEMPLATE, replacements);
}

function replaceFields<T extends object>(
  object: T,
  paths: readonly (readonly string[])[],
  replacements: Replacements,
): T {
  const copy = structuredClone(object);
  for (const path of paths) replaceAt(copy, path, replacements);
  return copy;
}

type Node = Record<string, unknown> | unknown[];

/** Replaces in place below `node`; members that are absent or of another type are left alone. */
function replaceAt(node: unknown, path: readonly string[], replacements: Replacements): void {
  if (typeof node !== 'object' || node === null) return;
  const [key, ...rest] = path;
  const keys = key === '[]' || key === '*' ? Object.keys(node) : [key!];
  for (const member of keys) replaceMember(node as Node, member, rest, replacements);
}

function replaceMember(
  node: Node,
  member: string,
  rest: readonly string[],
  replacements: Replacements,
): void {
  const holder = node as Record<string, unknown>;
  const value = holder[member];
  if (rest[0] === '+') {
    if (Array.isArray(value)) holder[member] = replaceInList(value.map(String), replacements);
  } else if (rest.length > 0) {
    replaceAt(value, rest, replacements);
  } else if (typeof value === 'string') {
    holder[member] = replaceInText(value, replacements);
  }
}
