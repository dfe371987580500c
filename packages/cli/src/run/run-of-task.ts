import type { Task, TaskRun } from '@slipway/kube';
import { type GivenOptions, givenSpec } from './given.ts';

/** A TaskRun for this Task, named by the server, with what the command line gives. */
export function runOfTask(task: Task, options: GivenOptions): TaskRun {
  const { name = 'task', namespace } = task.metadata;
  const run: TaskRun = {
    apiVersion: 'tekton.dev/v1',
    kind: 'TaskRun',
    metadata: { name: '', generateName: `${name}-run-`, ...(namespace !== undefined && { namespace }) },
    spec: { taskRef: { name, kind: 'Task' } },
  };
  return overrideTaskRun(run, options, task);
}

/** A TaskRun in which `-p`, `-w` and `--serviceaccount` win over what it says; `task` is its Task, where that is known. */
export function overrideTaskRun(run: TaskRun, options: GivenOptions, task: Task | undefined): TaskRun {
  const { spec } = run;
  const declared = spec?.taskSpec?.params ?? task?.spec?.params;
  return {
    ...run,
    spec: {
      ...spec,
      ...givenSpec(spec, options, declared),
      ...(options.serviceaccount !== undefined && { serviceAccountName: options.serviceaccount }),
    },
  };
}
