import { isMap, isScalar, parseYamlTrees, type YAMLMap, type YamlTree } from '@slipway/kube';
import { convertCondition } from './condition.ts';
import { mapAt, put, textAt } from './nodes.ts';
import { convertPipelineSpec, paramNames, type TaskParams } from './pipeline.ts';
import { type ConversionNote, Report } from './report.ts';
import { GIT_CLONE } from './resource-conventions.ts';
import { KnownResources, readResource } from './resources.ts';
import { convertPipelineRun, convertTaskRun } from './runs.ts';
import { convertTaskSpec } from './task-spec.ts';

/** The files that are converted together: what one names may stand in another. */
export interface ConvertInput {
  readonly file: string;
  readonly text: string;
}

/** The result: YAML of all that is not a PipelineResource, in the order of the files. */
export interface Conversion {
  readonly text: string;
  /** What could not be converted, with its place: then the text is not whole. */
  readonly problems: readonly ConversionNote[];
  /** What works differently, or is the reader's to do. */
  readonly notes: readonly ConversionNote[];
}

const OLD = /^tekton\.dev\/v1(?:alpha|beta)1$/;

/** A document of the input on its way. */
interface Item {
  readonly tree: YamlTree;
  readonly root: YAMLMap | undefined;
  readonly old: boolean;
  readonly kind: string;
}

/**
 * Turns manifests of `tekton.dev/v1alpha1` and `v1beta1` into `v1` that today's Tekton takes. PipelineResources become
 * params, workspaces, a task that clones, and the results IMAGE_URL and IMAGE_DIGEST; comments and order stay, and documents of
 * other kinds pass as they are. `gitClone` is the YAML of the Task that clones. Throws YAML_SYNTAX with the place.
 */
export function convertManifests(inputs: readonly ConvertInput[], gitClone: string): Conversion {
  const items = inputs.flatMap(({ file, text }) => parseYamlTrees(text, file).map(readItem));
  const report = new Report();
  const resources = new KnownResources();
  const of = (...kinds: string[]): Item[] => items.filter(({ old, kind }) => old && kinds.includes(kind));
  for (const { root } of of('PipelineResource')) {
    resources.add(readResource(textAt(root, 'metadata', 'name') ?? '', mapAt(root, 'spec')));
  }
  /** The namespaces that need the Task git-clone; the empty string for the one that is chosen when it is applied. */
  const cloning = new Set<string>();
  const see = (item: Item, convert: (root: YAMLMap) => boolean | undefined): void => {
    report.placeOf = (node) => item.tree.placeOf(node);
    const comments = item.tree.comments();
    if (convert(item.root!)) cloning.add(textAt(item.root, 'metadata', 'namespace') ?? '');
    put(item.root!, 'apiVersion', 'tekton.dev/v1');
    keepComments(item, comments);
  };
  for (const item of of('Task', 'ClusterTask')) see(item, (root) => convertTask(root, report));
  for (const item of of('Condition')) see(item, (root) => void convertCondition(root, report));
  refuseSameNames(items, report);
  const taskParams = paramsOfTasks(items);
  for (const item of of('Pipeline')) {
    see(item, (root) => mapAt(root, 'spec') && convertPipelineSpec(mapAt(root, 'spec')!, taskParams, report));
  }
  const context = { resources, taskParams, report };
  for (const item of of('TaskRun')) see(item, (root) => convertTaskRun(root, context));
  for (const item of of('PipelineRun')) see(item, (root) => convertPipelineRun(root, context));
  refuseTheRest(items, report);
  noteUnused(of('PipelineResource'), resources, report);
  const kept = items.filter(({ root, old, kind }) => root && !(old && kind === 'PipelineResource'));
  const clones = items.some(isCloneTask)
    ? []
    : [...cloning].map((namespace) => cloneTaskIn(namespace, gitClone));
  const texts = [...clones, ...kept.map(({ tree }) => tree.print())];
  return { text: texts.map(trimmed).join('---\n'), problems: report.problems, notes: report.notes };
}

/** What was written about a part that has gone stands before the spec. */
function keepComments({ tree, root }: Item, before: readonly string[]): void {
  const left = tree.comments();
  const lost = before.filter((line) => {
    const index = left.indexOf(line);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
  const key = root?.items.map((pair) => pair.key).find((each) => isScalar(each) && each.value === 'spec');
  if (lost.length === 0 || !isScalar(key)) return;
  key.commentBefore = [...(key.commentBefore ? [key.commentBefore] : []), ...lost].join('\n');
}

const isCloneTask = ({ kind, root }: Item): boolean =>
  kind === 'Task' && textAt(root, 'metadata', 'name') === GIT_CLONE;

function cloneTaskIn(namespace: string, text: string): string {
  const [tree] = parseYamlTrees(text, `${GIT_CLONE}.yaml`);
  const metadata = mapAt(tree!.root, 'metadata');
  if (namespace !== '' && metadata) put(metadata, 'namespace', namespace, ['name']);
  return tree!.print();
}

function readItem(tree: YamlTree): Item {
  const root = isMap(tree.root) ? tree.root : undefined;
  const old = OLD.test(textAt(root, 'apiVersion') ?? '');
  return { tree, root, old, kind: textAt(root, 'kind') ?? '' };
}

const trimmed = (text: string): string => `${text.replace(/^---\n/, '').trimEnd()}\n`;

function convertTask(root: YAMLMap, report: Report): undefined {
  if (textAt(root, 'kind') === 'ClusterTask') {
    put(root, 'kind', 'Task');
    report.note(
      'ClusterTask has gone: this is a Task now, to be applied in each namespace that uses it',
      root,
    );
  }
  const spec = mapAt(root, 'spec');
  if (spec) convertTaskSpec(spec, report);
}

/** What is a Task in the end. */
const TASKS = new Set(['Task', 'ClusterTask', 'Condition']);

/** A Condition and a Task could have one name; two Tasks cannot. */
function refuseSameNames(items: readonly Item[], report: Report): void {
  const idOf = ({ root }: Item): string =>
    `${textAt(root, 'metadata', 'namespace') ?? ''}/${textAt(root, 'metadata', 'name')}`;
  const tasks = new Set(items.filter(({ kind }) => kind === 'Task' || kind === 'ClusterTask').map(idOf));
  for (const item of items.filter(({ old, kind }) => old && kind === 'Condition')) {
    if (!tasks.has(idOf(item))) continue;
    report.placeOf = (node) => item.tree.placeOf(node);
    const name = textAt(item.root, 'metadata', 'name');
    report.problem(
      `Condition "${name}" becomes a Task, and there is a Task of that name: rename it`,
      item.root,
    );
  }
}

function paramsOfTasks(items: readonly Item[]): TaskParams {
  const known = new Map(
    items
      .filter(({ kind, root }) => TASKS.has(kind) && root)
      .map(({ root }) => [textAt(root, 'metadata', 'name'), paramNames(mapAt(root, 'spec'))] as const),
  );
  return (task) => known.get(task);
}

const CONVERTED = new Set([...TASKS, 'TaskRun', 'Pipeline', 'PipelineRun', 'PipelineResource']);

function refuseTheRest(items: readonly Item[], report: Report): void {
  for (const { tree, root, old, kind } of items) {
    report.placeOf = (node) => tree.placeOf(node);
    if (old && !CONVERTED.has(kind)) report.problem(`${kind} has no counterpart in v1`, root);
    const inList =
      kind === 'List' && OLD.test(JSON.stringify(root?.toJSON()).match(/tekton\.dev\/v1\w+/)?.[0] ?? '');
    if (inList) report.problem('a List is not taken apart: write its items as documents', root);
  }
}

/** A resource that no run of the files uses was given on a command line; its values have to be given there. */
function noteUnused(items: readonly Item[], resources: KnownResources, report: Report): void {
  for (const { tree, root } of items) {
    const name = textAt(root, 'metadata', 'name') ?? '';
    if (resources.used.has(name)) continue;
    report.placeOf = (node) => tree.placeOf(node);
    const { type, params } = readResource(name, mapAt(root, 'spec'));
    const values = [...params].map(([key, value]) => `${key}=${withoutPassword(value)}`).join(', ');
    const where = type === 'git' ? 'the Task git-clone and a workspace' : 'the param that ends in -url';
    report.note(
      `PipelineResource "${name}" has gone; no run of these files uses it. Give its values (${values}) to ${where}`,
      root,
    );
  }
}

const withoutPassword = (value: string): string => value.replace(/^(\w+:\/\/)[^/@]*@/, '$1***@');
