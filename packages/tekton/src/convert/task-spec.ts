import type { YAMLMap } from '@slipway/kube';
import { addImageResults } from './image-results.ts';
import { append, listAt, mapsAt, nodeAt, put, take, textAt } from './nodes.ts';
import { type ResourceVariable, rewriteReferences } from './references.ts';
import type { Report } from './report.ts';
import { FILE_TYPES, resourceParam } from './resource-conventions.ts';
import { convertSteps } from './steps.ts';

/** A resource that the Task declares. */
interface Declared {
  readonly direction: 'inputs' | 'outputs';
  readonly name: string;
  readonly type: string;
  readonly node: YAMLMap;
}

/** Turns the spec of a Task of v1alpha1 or v1beta1 into that of v1, in place: also that of an embedded Task. */
export function convertTaskSpec(spec: YAMLMap, report: Report): void {
  const declared = takeResources(spec, report);
  moveParams(spec);
  const used = new Map<string, { description: string; default?: string }>();
  rewriteReferences(spec, (variable, node) => {
    const resource = declared.find(
      ({ name, direction }) => name === variable.name && direction === variable.direction,
    );
    if (!resource) {
      report.problem(`the Task declares no resource "${variable.name}" in its ${variable.direction}`, node);
      return undefined;
    }
    return replacementOf(resource, variable, used);
  });
  const images = declared.filter(({ type, direction }) => type === 'image' && direction === 'outputs');
  for (const { name } of declared.filter(({ type }) => type === 'image')) useParam(used, name, 'url');
  addParams(spec, used, report);
  addWorkspaces(spec, declared);
  convertSteps(spec, report);
  addImageResults(spec, [...new Set(images.map(({ name }) => name))], report);
}

/** Takes the declarations out of `inputs`, `outputs` and `resources`. */
function takeResources(spec: YAMLMap, report: Report): Declared[] {
  const declared: Declared[] = [];
  for (const direction of ['inputs', 'outputs'] as const) {
    const nodes = [...mapsAt(spec, direction, 'resources'), ...mapsAt(spec, 'resources', direction)];
    for (const node of nodes) {
      const [name = '', type = ''] = [textAt(node, 'name'), textAt(node, 'type')];
      if (FILE_TYPES.has(type) || type === 'image') declared.push({ direction, name, type, node });
      else
        report.problem(
          `resource "${name}": v1 has nothing for the type ${type}; see ${adviceFor(type)}`,
          node,
        );
    }
  }
  take(spec, 'resources');
  return declared;
}

function adviceFor(type: string): string {
  const advice: Record<string, string> = {
    cluster: 'the catalog Task kubeconfig-creator',
    pullRequest: 'the catalog Task pull-request',
    cloudEvent: 'the sink of Tekton’s controller, default-cloud-events-sink',
  };
  return advice[type] ?? 'Tekton’s migration guide';
}

/** `inputs.params` become `params` where `inputs` stood. */
function moveParams(spec: YAMLMap): void {
  const params = mapsAt(spec, 'inputs', 'params');
  const known = nodeAt(spec, 'params');
  if (params.length > 0) {
    if (known) append(spec, 'params', params);
    else put(spec, 'params', (nodeAt(spec, 'inputs', 'params') as YAMLMap) ?? [], ['inputs', 'description']);
  }
  take(spec, 'inputs');
  take(spec, 'outputs');
}

type UsedParams = Map<string, { description: string; default?: string }>;

/** What stands for a variable of a resource in v1. */
function replacementOf(
  { name, type, direction }: Declared,
  { key }: ResourceVariable,
  used: UsedParams,
): string {
  if (key === 'path') {
    return FILE_TYPES.has(type)
      ? `$(workspaces.${name}.path)`
      : `/workspace/${direction === 'outputs' ? 'output/' : ''}${name}`;
  }
  if (key === 'type') return type;
  return useParam(used, name, key);
}

const DESCRIPTIONS: Record<string, string> = {
  url: 'URL of',
  revision: 'Revision of',
  name: 'Name of',
  digest: 'Digest of',
  location: 'Location of',
};

function useParam(used: UsedParams, resource: string, key: string): string {
  const param = resourceParam(resource, key);
  const description = `${DESCRIPTIONS[key] ?? key} ${resource}.`;
  used.set(param, key === 'digest' ? { description, default: '' } : { description });
  return `$(params.${param})`;
}

function addParams(spec: YAMLMap, used: UsedParams, report: Report): void {
  const known = new Map(mapsAt(spec, 'params').map((param) => [textAt(param, 'name'), param]));
  for (const name of used.keys()) {
    if (known.has(name))
      report.problem(`the param "${name}" is there already: a resource would have the same`, known.get(name));
  }
  const params = [...used].map(([name, rest]) => ({ name, ...rest }));
  append(spec, 'params', params, ['description']);
}

/** A workspace where the files of the resource were: `/workspace/<name>` is where v1 mounts it unasked. */
function addWorkspaces(spec: YAMLMap, declared: readonly Declared[]): void {
  const done = new Set<string>();
  for (const { name, direction, type, node } of declared) {
    if (!FILE_TYPES.has(type) || done.has(name)) continue;
    done.add(name);
    const targetPath = textAt(node, 'targetPath');
    const own = direction === 'outputs' ? `/workspace/output/${name}` : undefined;
    const mountPath = targetPath === undefined ? own : `/workspace/${targetPath}`;
    const workspace = {
      name,
      description: textAt(node, 'description') ?? (type === 'git' ? 'The cloned source.' : 'The files.'),
      ...(mountPath === undefined ? {} : { mountPath }),
      ...(node.get('optional') === true ? { optional: true } : {}),
    };
    listAt(spec, 'workspaces', ['params', 'description']);
    append(spec, 'workspaces', [workspace]);
  }
}
