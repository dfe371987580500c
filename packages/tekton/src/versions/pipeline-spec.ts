import type { ParamValue } from '@slipway/kube';
import { resultsInValue } from '../substitution/result-references.ts';
import type { PipelineTaskResources, PipelineTasksResources } from './annotations.ts';
import { compact, converted, convertedItems, isFilled, isJson, itemsOf, type Json, jsonOf } from './json.ts';
import { type Rewriting, rewriteAll } from './references.ts';
import { refToV1 } from './run-fields.ts';
import { declaredResources, taskSpecToBeta, taskSpecToBetaFromV1, taskSpecToV1 } from './task-spec.ts';

type Note = Rewriting['note'];

/** A v1alpha1 Pipeline's spec as v1beta1 says it. */
export function pipelineSpecToBeta(spec: Json, note?: Note): Json {
  const { generation, ...rest } = spec;
  return eachTask(rest, (task) => {
    const params = rewriteAll(task.params, { braces: true, note });
    const conditions = rewriteAll(task.conditions, { braces: true, note });
    const beta = compact({ ...task, params, conditions });
    return converted(beta, 'taskSpec', (taskSpec) => taskSpecToBeta(taskSpec, note));
  });
}

/** A v1beta1 Pipeline's spec as v1 says it; for what it says of resources see `tasksResources`. */
export function pipelineSpecToV1(spec: Json, note?: Note): Json {
  const { resources, ...rest } = spec;
  const names = new Set(itemsOf(spec.tasks).map(({ name }) => name));
  return eachTask(rest, (task) => {
    const { resources: used, conditions, ...kept } = task;
    const params = rewriteAll(task.params, { braces: false, note });
    const runAfter = withSources(kept.runAfter, [...sourcesOf(used), ...needsOf(conditions)], names);
    const ordered = compact({ ...kept, params, runAfter });
    const ref = converted(ordered, 'taskRef', (taskRef) => refToV1(taskRef, 'task'));
    const nested = converted(ref, 'pipelineSpec', (inner) => pipelineSpecToV1(inner, note));
    return converted(nested, 'taskSpec', (taskSpec) => taskSpecToV1(taskSpec, note));
  });
}

/** The tasks from which a task takes resources. */
function sourcesOf(used: unknown): unknown[] {
  return itemsOf(jsonOf(used).inputs).flatMap(({ from }) => (Array.isArray(from) ? from : []));
}

/** The tasks whose resources or results the checks of Conditions take. */
function needsOf(conditions: unknown): unknown[] {
  return itemsOf(conditions).flatMap(({ resources, params }) => [
    ...sourcesOf({ inputs: resources }),
    ...itemsOf(params).flatMap(({ value }) => resultsInValue(value as ParamValue).map(({ task }) => task)),
  ]);
}

/** What comes from tasks waits for them; v1 says that as `runAfter`. */
function withSources(runAfter: unknown, sources: unknown[], names: ReadonlySet<unknown>): unknown {
  const known = sources.filter((source) => names.has(source));
  if (known.length === 0) return runAfter;
  return [...new Set([...(Array.isArray(runAfter) ? runAfter : []), ...known])];
}

/** What the tasks of a v1beta1 Pipeline do with resources, and their Conditions, by their names. */
export function tasksResources(spec: Json): PipelineTasksResources {
  const tasks = [...itemsOf(spec.tasks), ...itemsOf(spec.finally)];
  const entries = tasks.map((task): [string, PipelineTaskResources] => {
    const { inputs, outputs } = jsonOf(task.resources);
    const declared = declaredResources(jsonOf(task.taskSpec));
    const conditions = isFilled(task.conditions) ? task.conditions : undefined;
    return [String(task.name), compact({ inputs, outputs, declared, conditions }) as PipelineTaskResources];
  });
  return Object.fromEntries(entries.filter(([, resources]) => isFilled(resources)));
}

/** A v1 Pipeline's spec as v1beta1 says it, with the resources that belong to it and to its tasks. */
export function pipelineSpecToBetaFromV1(
  spec: Json,
  resources: unknown,
  byTask: PipelineTasksResources,
): Json {
  const beta = eachTask(spec, (task) => {
    const { inputs, outputs, declared, conditions } = byTask[String(task.name)] ?? {};
    const used = compact({ inputs, outputs });
    const nested = converted(task, 'pipelineSpec', (inner) => pipelineSpecToBetaFromV1(inner, undefined, {}));
    const own = converted(nested, 'taskSpec', (taskSpec) => taskSpecToBetaFromV1(taskSpec, declared));
    return compact({ ...own, conditions, ...(isFilled(used) && { resources: used }) });
  });
  return isFilled(resources) ? { ...beta, resources } : beta;
}

function eachTask(spec: Json, convert: (task: Json) => Json): Json {
  const convertTask = (task: Json): Json => (isJson(task) ? convert(task) : task);
  return convertedItems(convertedItems(spec, 'tasks', convertTask), 'finally', convertTask);
}
