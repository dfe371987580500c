import type { TaskRun } from '@slipway/kube';
import type { ResolvedTask } from '../taskrun/resolve.ts';
import { RunFailure } from '../taskrun/run-failure.ts';
import {
  type BoundResources,
  type DeclaredResources,
  RESOURCES_ANNOTATION,
  readAnnotation,
  TASK_SPEC_RESOURCES_ANNOTATION,
  type TaskResource,
  type TaskResourceBinding,
} from '../versions/annotations.ts';

/** What a Task declares and what a run gives, before they are brought together. */
export interface ResourceNeeds {
  readonly declared: Readonly<Record<Direction, readonly TaskResource[]>>;
  readonly bound: Readonly<Record<Direction, readonly TaskResourceBinding[]>>;
}

/** The two lists of resources. */
export type Direction = 'inputs' | 'outputs';

/** What the annotations of a run and its Task say about resources. Throws RunFailure for what is no such list. */
export function resourceNeeds(taskRun: TaskRun, task: ResolvedTask): ResourceNeeds {
  const own = taskRun.metadata.annotations;
  const declared = taskRun.spec.taskSpec
    ? readAnnotation<DeclaredResources>(own, TASK_SPEC_RESOURCES_ANNOTATION)
    : readAnnotation<DeclaredResources>(task.annotations, RESOURCES_ANNOTATION);
  const bound = readAnnotation<BoundResources>(own, RESOURCES_ANNOTATION);
  return {
    declared: { inputs: listOf(declared, 'inputs'), outputs: listOf(declared, 'outputs') },
    bound: { inputs: listOf(bound, 'inputs'), outputs: listOf(bound, 'outputs') },
  };
}

/** Whether a run has the shape that Tekton's first versions gave it: it, or its Task, speaks of PipelineResources. */
export function hasResources(taskRun: TaskRun, task: ResolvedTask): boolean {
  const own = taskRun.metadata.annotations ?? {};
  return (
    RESOURCES_ANNOTATION in own ||
    TASK_SPEC_RESOURCES_ANNOTATION in own ||
    RESOURCES_ANNOTATION in task.annotations
  );
}

/** The names become folders and files. */
const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** The annotation can be written by anybody, in any shape. */
function listOf<T extends { name: string }>(
  lists: Partial<Record<Direction, T[]>> | undefined,
  direction: Direction,
): readonly T[] {
  const list: unknown = lists?.[direction] ?? [];
  if (!Array.isArray(list)) throw invalid(direction, 'it is not a list');
  for (const item of list) {
    const name: unknown = item?.name;
    if (typeof name !== 'string' || !NAME.test(name)) {
      throw invalid(direction, `${JSON.stringify(name)} is no name of a resource`);
    }
  }
  return list as T[];
}

function invalid(direction: Direction, why: string): RunFailure {
  return RunFailure.ofUser('TaskRunValidationFailed', `invalid ${direction}.resources: ${why}`);
}
