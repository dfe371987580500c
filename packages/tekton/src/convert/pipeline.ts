import type { YAMLMap } from '@slipway/kube';
import { append, listAt, mapAt, mapNode, mapsAt, plain, take, textAt } from './nodes.ts';
import { convertConditions } from './pipeline-conditions.ts';
import { rewriteReferences } from './references.ts';
import type { Report } from './report.ts';
import { DEFAULT_REVISION, fetchTask, GIT_CLONE, resourceParam } from './resource-conventions.ts';
import { convertReference } from './task-reference.ts';
import { convertTaskSpec } from './task-spec.ts';

/** The params that each Task at hand declares; undefined for one that nobody has seen. */
export type TaskParams = (task: string | undefined) => ReadonlySet<string> | undefined;

/** A resource that a Pipeline declares. */
interface PipelineResource {
  readonly name: string;
  readonly type: string;
}

/** Turns the spec of a Pipeline of v1alpha1 or v1beta1 into that of v1, in place. True when it needs the Task git-clone. */
export function convertPipelineSpec(spec: YAMLMap, taskParams: TaskParams, report: Report): boolean {
  convertConditions(spec, report);
  const resources = takeResources(spec, report);
  rewriteReferences(spec, () => undefined);
  const gits = resources.filter(({ type }) => type === 'git');
  for (const list of ['tasks', 'finally']) {
    for (const task of mapsAt(spec, list)) convertPipelineTask(task, { resources, taskParams, report });
  }
  append(spec, 'params', paramsFor(resources), ['description']);
  const workspaces = gits.map(({ name }) => ({ name, description: `What ${fetchTask(name)} clones.` }));
  append(spec, 'workspaces', workspaces, ['params', 'description']);
  listAt(spec, 'tasks').items.unshift(...gits.map(({ name }) => cloneTask(name)));
  return gits.length > 0;
}

function takeResources(spec: YAMLMap, report: Report): PipelineResource[] {
  const found = mapsAt(spec, 'resources').flatMap((node) => {
    const resource = { name: textAt(node, 'name') ?? '', type: textAt(node, 'type') ?? '' };
    if (['git', 'image'].includes(resource.type)) return [resource];
    report.problem(
      `resource "${resource.name}": a Pipeline of v1 has nothing for the type ${resource.type}`,
      node,
    );
    return [];
  });
  take(spec, 'resources');
  return found;
}

function paramsFor(resources: readonly PipelineResource[]): object[] {
  return resources.flatMap(({ name, type }) => {
    const url = { name: resourceParam(name, 'url'), description: `URL of ${name}.` };
    if (type === 'image') return [url];
    const revision = { name: resourceParam(name, 'revision'), description: `Revision of ${name}.` };
    return [url, { ...revision, default: DEFAULT_REVISION }];
  });
}

/** The task that clones a git resource into its workspace; `url` and `revision` are the Pipeline's params unless given. */
export function cloneTask(
  name: string,
  url: string = `$(params.${resourceParam(name, 'url')})`,
  revision: string = `$(params.${resourceParam(name, 'revision')})`,
): YAMLMap {
  return mapNode({
    name: fetchTask(name),
    taskRef: { name: GIT_CLONE },
    params: [
      { name: 'url', value: url },
      { name: 'revision', value: revision },
    ],
    workspaces: [{ name: 'output', workspace: name }],
  });
}

interface PipelineContext {
  readonly resources: readonly PipelineResource[];
  readonly taskParams: TaskParams;
  readonly report: Report;
}

function convertPipelineTask(task: YAMLMap, { resources, taskParams, report }: PipelineContext): void {
  convertReference(task, 'taskRef', report);
  const embedded = mapAt(task, 'taskSpec');
  if (embedded) convertTaskSpec(embedded, report);
  const declared = embedded ? paramNames(embedded) : taskParams(textAt(task, 'taskRef', 'name'));
  const params: object[] = [];
  const workspaces = new Map<string, string>();
  const after = new Set<string>();
  for (const direction of ['inputs', 'outputs'] as const) {
    for (const use of mapsAt(task, 'resources', direction)) {
      const [name = '', wanted = ''] = [textAt(use, 'name'), textAt(use, 'resource')];
      const resource = resources.find((one) => one.name === wanted);
      if (!resource) {
        report.problem(`the Pipeline declares no resource "${wanted}"`, use);
        continue;
      }
      for (const from of namesAt(use, 'from')) after.add(from);
      if (resource.type === 'image') {
        params.push({ name: resourceParam(name, 'url'), value: `$(params.${resourceParam(wanted, 'url')})` });
        continue;
      }
      workspaces.set(name, wanted);
      if (namesAt(use, 'from').length === 0) after.add(fetchTask(wanted));
      for (const key of ['url', 'revision']) {
        const param = resourceParam(name, key);
        if (declared?.has(param))
          params.push({ name: param, value: `$(params.${resourceParam(wanted, key)})` });
      }
    }
  }
  take(task, 'resources');
  const before = new Set(namesAt(task, 'runAfter'));
  append(
    task,
    'runAfter',
    [...after].filter((name) => !before.has(name)),
    ['taskRef', 'taskSpec', 'name'],
  );
  append(task, 'params', params, ['runAfter']);
  const bound = [...workspaces].map(([name, workspace]) =>
    name === workspace ? { name } : { name, workspace },
  );
  append(task, 'workspaces', bound, ['params', 'runAfter']);
}

function namesAt(node: YAMLMap, key: string): string[] {
  const value = plain(node.get(key, true) as YAMLMap | undefined);
  return Array.isArray(value) ? value.map(String) : [];
}

/** The names of the params that a Task's spec declares. */
export function paramNames(spec: YAMLMap | undefined): Set<string> {
  return new Set(mapsAt(spec, 'params').map((param) => textAt(param, 'name') ?? ''));
}
