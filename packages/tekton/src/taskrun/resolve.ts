import type { KubeClient, TaskRun, TaskSpec } from '@slipway/kube';
import { isTaskKind } from '../validation/task-kind.ts';
import { getTask } from './get-task.ts';
import { RunFailure } from './run-failure.ts';

export interface ResolvedTask {
  /** Empty for a Task that stands in the run itself. */
  readonly name: string;
  readonly spec: TaskSpec;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The Task that a run executes: its own, or the one of its namespace or ClusterTask that it names. */
export async function resolveTask(client: KubeClient, taskRun: TaskRun): Promise<ResolvedTask> {
  const { taskRef, taskSpec } = taskRun.spec;
  if (taskSpec) return checked({ name: '', spec: taskSpec, labels: {}, annotations: {} });
  if (!taskRef?.name || taskRef.resolver) throw unsupportedResolver(taskRun);
  if (!isTaskKind(taskRef.kind)) {
    const message = `taskRef.kind "${taskRef.kind}" is not supported: only Task, in the namespace of the TaskRun, and ClusterTask are`;
    throw new RunFailure('TaskRunResolutionFailed', message);
  }
  try {
    const task = await getTask(
      client,
      { name: taskRef.name, kind: taskRef.kind },
      taskRun.metadata.namespace,
    );
    const { labels = {}, annotations = {} } = task.metadata;
    return checked({ name: taskRef.name, spec: task.spec, labels, annotations });
  } catch (error) {
    if (error instanceof RunFailure) throw error;
    throw resolutionFailure(taskRun, error);
  }
}

function resolutionFailure(taskRun: TaskRun, error: unknown): unknown {
  const kind = error instanceof Error && 'kind' in error ? error.kind : undefined;
  if (kind !== 'not-found' && kind !== 'denied') return error; // worth another try
  const why = error instanceof Error ? error.message : String(error);
  return new RunFailure(
    'TaskRunResolutionFailed',
    `error when listing tasks for taskRun ${taskRun.metadata.name}: ${why}`,
  );
}

function unsupportedResolver(taskRun: TaskRun): RunFailure {
  const resolver = taskRun.spec.taskRef?.resolver ?? '';
  const message = `the resolver "${resolver}" of taskRef is not supported: apply the Task to namespace ${taskRun.metadata.namespace} and name it in taskRef.name`;
  return new RunFailure('TaskRunResolutionFailed', message);
}

function checked(task: ResolvedTask): ResolvedTask {
  for (const [index, step] of (task.spec.steps ?? []).entries()) {
    const path = `step ${step.name ? `"${step.name}"` : index}`;
    if (step.ref) {
      const message = `${path} refers to StepAction "${step.ref.name ?? step.ref.resolver}": StepActions are not supported, write the step out`;
      throw new RunFailure('TaskRunResolutionFailed', message);
    }
    if ((step.when ?? []).length > 0) {
      throw new RunFailure(
        'TaskRunValidationFailed',
        `${path} has when expressions, which are not supported`,
      );
    }
  }
  return task;
}
