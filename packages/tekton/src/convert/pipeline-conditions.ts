import { isScalar, isSeq, type Pair, YAMLMap } from '@slipway/kube';
import { PASSED } from './condition.ts';
import { append, listAt, mapNode, mapsAt, nodeAt, plain, put, take, textAt } from './nodes.ts';
import type { Report } from './report.ts';

const MAX_NAME = 63;

/** A task of the Pipeline, before its Conditions are taken out. */
interface Task {
  readonly node: YAMLMap;
  readonly name: string;
  /** The tasks that it waits for. */
  readonly needs: readonly string[];
  /** Those of its Conditions that are tasks now. */
  readonly checks: readonly string[];
}

/**
 * Turns the `conditions` of a Pipeline's tasks into tasks that check, before each task, and into `when`, in place. Tasks after
 * one that is not run were not run either: they get the same `when`.
 */
export function convertConditions(spec: YAMLMap, report: Report): void {
  for (const task of mapsAt(spec, 'finally')) refuseInFinally(task, report);
  const list = mapsAt(spec, 'tasks');
  if (!list.some((task) => nodeAt(task, 'conditions'))) return;
  const taken = new Set(list.map((task) => textAt(task, 'name') ?? ''));
  const made = new Map<string, YAMLMap[]>();
  const tasks = new Map<string, Task>();
  for (const node of list) {
    const name = textAt(node, 'name') ?? '';
    const needs = needsOf(node);
    const checks = takeConditions(node).map((condition) => checkTask(condition, name, needs, taken));
    made.set(name, checks);
    tasks.set(name, { node, name, needs, checks: checks.map((check) => textAt(check, 'name') ?? '') });
    if (checks.length > 0) tell(tasks.get(name)!, report);
  }
  const inherited = (name: string, trail: readonly string[] = []): string[] => {
    const { needs = [] } = tasks.get(name) ?? {};
    return needs
      .filter((need) => !trail.includes(need))
      .flatMap((need) => [...inherited(need, [...trail, need]), ...(tasks.get(need)?.checks ?? [])]);
  };
  for (const { node, name, checks } of tasks.values()) {
    const before = [...new Set(inherited(name))];
    for (const check of made.get(name) ?? []) addWhen(check, before);
    addWhen(node, [...before, ...checks]);
  }
  const all = listAt(spec, 'tasks');
  all.items = list.flatMap((task) => [...(made.get(textAt(task, 'name') ?? '') ?? []), task]);
}

function refuseInFinally(task: YAMLMap, report: Report): void {
  const conditions = take(task, 'conditions');
  if (conditions) report.problem('Tekton never took conditions in finally', conditions.value);
}

function tell({ node, name, checks }: Task, report: Report): void {
  const message = `the conditions of task "${name}" are tasks now (${checks.join(', ')}) and a when; a check that cannot run fails the PipelineRun, where it skipped the task before`;
  report.note(message, node);
}

function namesAt(node: unknown, key: string): string[] {
  const value = plain(nodeAt(node, key));
  return Array.isArray(value) ? value.map(String) : [];
}

/** The tasks that a task waited for, its checks included. */
function needsOf(task: YAMLMap): string[] {
  const inputs = mapsAt(task, 'resources', 'inputs');
  const ofConditions = mapsAt(task, 'conditions').flatMap((condition) => mapsAt(condition, 'resources'));
  const from = [...inputs, ...ofConditions].flatMap((input) => namesAt(input, 'from'));
  return [...new Set([...namesAt(task, 'runAfter'), ...from])];
}

/** The Conditions of a task; what their author wrote about the list stays with the `when` in its place. */
function takeConditions(task: YAMLMap): YAMLMap[] {
  const list = nodeAt(task, 'conditions');
  const conditions = mapsAt(task, 'conditions');
  if (!list) return [];
  if (conditions.length > 0) put(task, 'when', [], ['conditions']);
  const pair = take(task, 'conditions');
  const when = task.items.find(({ key }) => isScalar(key) && key.value === 'when') as Pair;
  if (when) keepComments(pair!, when);
  return conditions;
}

function keepComments(from: Pair, to: Pair): void {
  if (isScalar(from.key) && isScalar(to.key)) copyComments(from.key, to.key);
  if (isSeq(from.value) && isSeq(to.value)) copyComments(from.value, to.value);
}

type Commented = Pick<YAMLMap, 'comment' | 'commentBefore'>;

function copyComments({ comment, commentBefore }: Commented, to: Commented): void {
  to.comment = comment ?? null;
  to.commentBefore = commentBefore ?? null;
}

/** The task that checks a Condition: where its task would have been, with what the Condition was given. */
function checkTask(condition: YAMLMap, task: string, needs: readonly string[], taken: Set<string>): YAMLMap {
  const reference = nodeAt(condition, 'conditionRef');
  const own = `${task}-${(textAt(condition, 'conditionRef') ?? '').replaceAll('.', '-')}`
    .slice(0, MAX_NAME)
    .replace(/-+$/, '');
  let name = own;
  for (let count = 2; taken.has(name); count++) name = `${own.slice(0, MAX_NAME - 3)}-${count}`;
  taken.add(name);
  const check = mapNode({ name });
  copyComments(condition, check);
  const taskRef = new YAMLMap();
  if (reference) put(taskRef, 'name', reference);
  put(check, 'taskRef', taskRef);
  if (needs.length > 0) put(check, 'runAfter', [...needs]);
  const params = take(condition, 'params');
  if (params) check.items.push(params);
  const resources = take(condition, 'resources');
  if (resources && isScalar(resources.key)) {
    resources.key.value = 'inputs';
    const inputs = new YAMLMap();
    inputs.items.push(resources);
    put(check, 'resources', inputs);
  }
  return check;
}

function addWhen(task: YAMLMap, checks: readonly string[]): void {
  const when = checks.map((check) => ({
    input: `$(tasks.${check}.results.${PASSED})`,
    operator: 'in',
    values: ['true'],
  }));
  append(task, 'when', when, ['runAfter', 'taskRef', 'taskSpec', 'name']);
}
