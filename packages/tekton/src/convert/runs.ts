import { YAMLMap, YAMLSeq } from '@slipway/kube';
import { append, mapAt, mapNode, mapsAt, nodeAt, plain, put, rename, take, textAt } from './nodes.ts';
import { cloneTask, convertPipelineSpec, paramNames, type TaskParams } from './pipeline.ts';
import { rewriteReferences } from './references.ts';
import type { Report } from './report.ts';
import { DEFAULT_REVISION, fetchTask, resourceParam } from './resource-conventions.ts';
import type { KnownResource, KnownResources } from './resources.ts';
import { convertOverrides } from './steps.ts';
import { convertReference } from './task-reference.ts';
import { convertTaskSpec } from './task-spec.ts';

/** What the runs of the files are converted with. */
export interface RunContext {
  readonly resources: KnownResources;
  readonly taskParams: TaskParams;
  readonly report: Report;
}

/** A resource as a run gives it to its Task. */
interface Bound {
  readonly name: string;
  readonly resource: KnownResource;
}

/** The place for a clone, between the task that clones and those that read. */
const CLAIM = { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } };

/**
 * Turns a TaskRun into one of v1; one whose resources have to be cloned becomes a PipelineRun that clones first. True when
 * it needs the Task git-clone.
 */
export function convertTaskRun(root: YAMLMap, context: RunContext): boolean {
  const { report, taskParams } = context;
  const spec = mapAt(root, 'spec');
  if (!spec) return false;
  convertReference(spec, 'taskRef', report);
  const embedded = mapAt(spec, 'taskSpec');
  if (embedded) convertTaskSpec(embedded, report);
  const bound = takeBindings(spec, context);
  moveParams(spec, bound);
  rename(spec, 'serviceAccount', 'serviceAccountName');
  gatherPodTemplate(spec);
  convertOverrides(spec);
  for (const field of ['trigger', 'results', 'type']) take(spec, field);
  take(root, 'status');
  const declared = embedded ? paramNames(embedded) : taskParams(textAt(spec, 'taskRef', 'name'));
  append(spec, 'params', resourceParams(bound, declared), ['serviceAccountName', 'taskRef']);
  const gits = bound.filter(({ resource }) => resource.type === 'git');
  if (gits.length === 0) return false;
  toPipelineRun(root, spec, gits);
  report.note('a TaskRun with a git resource becomes a PipelineRun that clones it first', root);
  return true;
}

/** Takes the bindings out of the run; each is resolved to its PipelineResource. */
function takeBindings(spec: YAMLMap, { resources, report }: RunContext): Bound[] {
  const bound = new Map<string, Bound>();
  for (const direction of ['inputs', 'outputs']) {
    const nodes = [...mapsAt(spec, direction, 'resources'), ...mapsAt(spec, 'resources', direction)];
    for (const node of nodes) {
      const resource = resources.bound(node, report);
      const name = textAt(node, 'name') ?? '';
      if (!resource) continue;
      if (!['git', 'image'].includes(resource.type)) {
        report.problem(`resource "${name}": v1 has nothing for the type ${resource.type}`, node);
      } else if (!bound.has(name)) bound.set(name, { name, resource });
    }
  }
  take(spec, 'resources');
  return [...bound.values()];
}

/** `inputs.params` become `params`; what they say of resources is known by now. */
function moveParams(spec: YAMLMap, bound: readonly Bound[]): void {
  const params = nodeAt(spec, 'inputs', 'params');
  if (params) put(spec, 'params', params, ['inputs']);
  take(spec, 'inputs');
  take(spec, 'outputs');
  const all = nodeAt(spec, 'params');
  if (!all) return;
  rewriteReferences(all, ({ name, key }) => {
    const resource = bound.find((one) => one.name === name)?.resource;
    return key === 'path' ? `/workspace/${name}` : resource?.params.get(key.toLowerCase());
  });
}

/** The params that stand for the variables of resources: those that the Task declares, and the URL of every image. */
function resourceParams(bound: readonly Bound[], declared: ReadonlySet<string> | undefined): object[] {
  return bound.flatMap(({ name, resource }) => {
    const values = new Map([...resource.params, ['name', resource.name]]);
    if (resource.type === 'git' && !values.has('revision')) values.set('revision', DEFAULT_REVISION);
    const wanted = [...values].filter(
      ([key]) => declared?.has(resourceParam(name, key)) ?? (resource.type === 'image' && key === 'url'),
    );
    return wanted.map(([key, value]) => ({ name: resourceParam(name, key), value }));
  });
}

/** v1alpha1 had the fields of the pod template in the run itself. */
function gatherPodTemplate(spec: YAMLMap): void {
  const fields = ['nodeSelector', 'tolerations', 'affinity'];
  const pairs = fields.map((field) => take(spec, field)).filter((pair) => pair !== undefined);
  if (pairs.length === 0) return;
  const template = mapAt(spec, 'podTemplate') ?? new YAMLMap();
  template.items.push(...pairs);
  put(spec, 'podTemplate', template);
}

const TASK_FIELDS = [
  'taskRef',
  'taskSpec',
  'params',
  'retries',
  'computeResources',
  'stepSpecs',
  'sidecarSpecs',
];

/** The run as a Pipeline of two kinds of tasks: those that clone, then the one that the TaskRun ran. */
function toPipelineRun(root: YAMLMap, spec: YAMLMap, gits: readonly Bound[]): void {
  const task = new YAMLMap();
  const name = textAt(spec, 'taskRef', 'name') ?? 'run';
  put(task, 'name', name);
  put(
    task,
    'runAfter',
    gits.map((git) => fetchTask(git.name)),
  );
  for (const field of TASK_FIELDS.slice(0, 4)) {
    const pair = take(spec, field);
    if (pair) task.items.push(pair);
  }
  const own = mapsAt(spec, 'workspaces').map((workspace) => textAt(workspace, 'name') ?? '');
  const workspaces = [...own, ...gits.map((git) => git.name)].map((one) => ({ name: one }));
  put(task, 'workspaces', workspaces);
  const tasks = new YAMLSeq();
  for (const git of gits) {
    const { params } = git.resource;
    tasks.items.push(
      cloneTask(git.name, params.get('url') ?? '', params.get('revision') ?? DEFAULT_REVISION),
    );
  }
  tasks.items.push(task);
  const pipeline = mapNode({ workspaces });
  put(pipeline, 'tasks', tasks);
  overridesOfTask(spec, name);
  asPipelineRun(spec);
  append(spec, 'workspaces', claims(gits.map((git) => git.name)), ['taskRunTemplate']);
  put(spec, 'pipelineSpec', pipeline);
  put(root, 'kind', 'PipelineRun');
}

/** What a TaskRun says of its containers' resources stands in `taskRunSpecs` of a PipelineRun. */
function overridesOfTask(spec: YAMLMap, task: string): void {
  const pairs = TASK_FIELDS.slice(4).flatMap((field) => take(spec, field) ?? []);
  if (pairs.length === 0) return;
  const entry = mapNode({ pipelineTaskName: task });
  entry.items.push(...pairs);
  append(spec, 'taskRunSpecs', [entry]);
}

const claims = (names: readonly string[]): object[] =>
  names.map((name) => ({ name, volumeClaimTemplate: CLAIM }));

/** Turns a PipelineRun of v1alpha1 or v1beta1 into one of v1, in place. True when it needs the Task git-clone. */
export function convertPipelineRun(root: YAMLMap, context: RunContext): boolean {
  const spec = mapAt(root, 'spec');
  if (!spec) return false;
  const { resources, taskParams, report } = context;
  convertReference(spec, 'pipelineRef', report);
  const embedded = mapAt(spec, 'pipelineSpec');
  const clones = embedded ? convertPipelineSpec(embedded, taskParams, report) : false;
  const bindings = mapsAt(spec, 'resources');
  take(spec, 'resources');
  const params: object[] = [];
  const workspaces: string[] = [];
  for (const binding of bindings) {
    const name = textAt(binding, 'name') ?? '';
    const resource = resources.bound(binding, report);
    if (!resource) continue;
    for (const key of resource.type === 'git' ? ['url', 'revision'] : ['url']) {
      const value = resource.params.get(key);
      if (value !== undefined) params.push({ name: resourceParam(name, key), value });
    }
    if (resource.type === 'git') workspaces.push(name);
  }
  for (const field of ['trigger', 'results', 'type']) take(spec, field);
  take(root, 'status');
  rename(spec, 'serviceAccount', 'serviceAccountName');
  gatherPodTemplate(spec);
  asPipelineRun(spec);
  accountsOfTasks(spec);
  append(spec, 'params', params, ['pipelineRef']);
  append(spec, 'workspaces', claims(workspaces), ['params', 'pipelineRef']);
  return clones;
}

/** What concerns all TaskRuns of a PipelineRun has a place of its own in v1. */
function asPipelineRun(spec: YAMLMap): void {
  const pairs = ['serviceAccountName', 'podTemplate'].flatMap((field) => take(spec, field) ?? []);
  if (pairs.length > 0) {
    const template = new YAMLMap();
    template.items.push(...pairs);
    put(spec, 'taskRunTemplate', template, ['pipelineRef']);
  }
  const timeout = take(spec, 'timeout');
  if (timeout) put(spec, 'timeouts', { pipeline: plain(timeout.value as YAMLMap) });
  if (textAt(spec, 'status') === 'PipelineRunCancelled') put(spec, 'status', 'Cancelled');
}

function accountsOfTasks(spec: YAMLMap): void {
  const accounts = mapsAt(spec, 'serviceAccountNames').map((entry) => ({
    pipelineTaskName: textAt(entry, 'taskName') ?? '',
    serviceAccountName: textAt(entry, 'serviceAccountName') ?? '',
  }));
  take(spec, 'serviceAccountNames');
  for (const entry of mapsAt(spec, 'taskRunSpecs')) {
    rename(entry, 'taskServiceAccountName', 'serviceAccountName');
    rename(entry, 'taskPodTemplate', 'podTemplate');
    convertOverrides(entry);
  }
  append(spec, 'taskRunSpecs', accounts);
}
