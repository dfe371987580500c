import type { Task, TaskRun } from '@slipway/kube';
import type { RunCommandOptions } from '../commands/run.ts';
import { merged, paramsOf } from './params.ts';
import { parseWorkspaceBinding } from './workspace-binding.ts';

/** What the command line may give a run. */
export type GivenOptions = Pick<RunCommandOptions, 'param' | 'workspace' | 'serviceaccount'>;

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
  const params = merged(spec?.params, paramsOf(options.param, declared));
  const workspaces = merged(spec?.workspaces, (options.workspace ?? []).map(parseWorkspaceBinding));
  return {
    ...run,
    spec: {
      ...spec,
      ...(params.length > 0 && { params }),
      ...(workspaces.length > 0 && { workspaces }),
      ...(options.serviceaccount !== undefined && { serviceAccountName: options.serviceaccount }),
    },
  };
}
