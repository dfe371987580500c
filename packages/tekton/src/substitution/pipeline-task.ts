import type { EmbeddedTask, Matrix, PipelineSpec, PipelineTask, TaskRef } from '@slipway/kube';
import { typeOfValue } from '../params.ts';
import { replaceInTaskSpec } from './fields.ts';
import { type PipelineReplacements, replaceInParams, replaceInWhen } from './pipeline-values.ts';
import { replaceInText } from './replacements.ts';

/** A copy of the Pipeline with the variables replaced in every field of its tasks that accepts them. */
export function replaceInPipeline(spec: PipelineSpec, replacements: PipelineReplacements): PipelineSpec {
  const replaced = { ...spec };
  for (const section of ['tasks', 'finally'] as const) {
    const tasks = spec[section]?.map((task) => replaceInPipelineTask(task, replacements));
    if (tasks) replaced[section] = tasks;
  }
  return replaced;
}

/** A copy of one task with its variables replaced; what stands in an embedded Task, too, unless the task has a param of that name. */
function replaceInPipelineTask(task: PipelineTask, replacements: PipelineReplacements): PipelineTask {
  const replaced = replaceOutsideOfTask(task, replacements);
  const { taskSpec } = task;
  if (!taskSpec) return replaced;
  const own = ownParams(task);
  const inherited = own.size === 0 ? replacements : withoutParams(replacements, own);
  return { ...replaced, taskSpec: replaceInTaskSpec(taskSpec, inherited) as EmbeddedTask };
}

/** As `replaceInPipelineTask`, but an embedded Task stays as it is. */
export function replaceOutsideOfTask(task: PipelineTask, replacements: PipelineReplacements): PipelineTask {
  const { params, matrix, when, displayName, onError, workspaces, taskRef } = task;
  const text = (value: string): string => replaceInText(value, replacements);
  return {
    ...task,
    ...(params && { params: replaceInParams(params, replacements) }),
    ...(matrix && { matrix: replaceInMatrix(matrix, replacements) }),
    ...(when && { when: when.map((each) => replaceInWhen(each, replacements)) }),
    // A matrix has a name for each of its runs: made when their params are known.
    ...(displayName && !matrix && { displayName: text(displayName) }),
    ...(onError && { onError: text(onError) }),
    ...(workspaces && {
      workspaces: workspaces.map((each) => ({
        ...each,
        ...(each.subPath && { subPath: text(each.subPath) }),
      })),
    }),
    ...(taskRef && { taskRef: replaceInTaskRef(taskRef, replacements) }),
  };
}

function replaceInMatrix(matrix: Matrix, replacements: PipelineReplacements): Matrix {
  const { params, include } = matrix;
  return {
    ...(params && { params: replaceInParams(params, replacements) }),
    ...(include && {
      include: include.map((each) => ({
        ...each,
        ...(each.params && { params: replaceInParams(each.params, replacements) }),
      })),
    }),
  };
}

function replaceInTaskRef(taskRef: TaskRef, replacements: PipelineReplacements): TaskRef {
  const { name, params } = taskRef;
  return {
    ...taskRef,
    ...(name && { name: replaceInText(name, replacements) }),
    ...(params && { params: replaceInParams(params, replacements) }),
  };
}

/** The params that a task gives values of its own; of a map the keys, since the others are the Pipeline's. */
function ownParams({ params = [], matrix }: PipelineTask): Map<string, readonly string[] | undefined> {
  const included = matrix?.include?.flatMap((include) => include.params ?? []) ?? [];
  const all = [...params, ...(matrix?.params ?? []), ...included];
  return new Map(
    all.map(({ name, value }) => [name, typeOfValue(value) === 'object' ? Object.keys(value) : undefined]),
  );
}

function withoutParams(
  { strings, arrays, objects }: PipelineReplacements,
  own: ReadonlyMap<string, readonly string[] | undefined>,
): PipelineReplacements {
  const isInherited = ([key]: readonly [string, unknown]): boolean => {
    const path = /^(?:inputs\.)?params(?:\.|\[["'])(.*)$/.exec(key)?.[1];
    return path === undefined || ![...own].some(([name, keys]) => isOf(path, name, keys));
  };
  return {
    strings: new Map([...strings].filter(isInherited)),
    arrays: new Map([...arrays].filter(isInherited)),
    objects: new Map([...objects].filter(isInherited)),
  };
}

/** Whether `x`, `x.key`, `x[0]` or the rest of `["x"]` speaks of the param, or of these keys of it. */
function isOf(path: string, name: string, keys: readonly string[] | undefined): boolean {
  if (!path.startsWith(name)) return false;
  const rest = path.slice(name.length);
  if (keys && rest.startsWith('.')) return keys.includes(rest.slice(1));
  return rest === '' || /^(?:\.|\[|["']\])/.test(rest);
}
