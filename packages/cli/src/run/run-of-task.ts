import { SlipwayError } from '@slipway/core';
import type { Task, TaskRun } from '@slipway/kube';
import type { RunCommandOptions } from '../commands/run.ts';
import { parseWorkspaceBinding } from './workspace-binding.ts';

type Param = NonNullable<NonNullable<TaskRun['spec']>['params']>[number];

/** A TaskRun for this Task, named by the server, with what the command line gives. */
export function runOfTask(
  task: Task,
  options: Pick<RunCommandOptions, 'param' | 'workspace' | 'serviceaccount'>,
): TaskRun {
  const params = Object.entries(options.param ?? {}).map(([name, value]) => param(task, name, value));
  const workspaces = (options.workspace ?? []).map(parseWorkspaceBinding);
  const { name = 'task', namespace } = task.metadata;
  return {
    apiVersion: 'tekton.dev/v1',
    kind: 'TaskRun',
    metadata: { name: '', generateName: `${name}-run-`, ...(namespace !== undefined && { namespace }) },
    spec: {
      taskRef: { name, kind: 'Task' },
      ...(params.length > 0 && { params }),
      ...(workspaces.length > 0 && {
        workspaces,
      }),
      ...(options.serviceaccount !== undefined && { serviceAccountName: options.serviceaccount }),
    },
  };
}

/** As tkn: an array is written a,b and an object key:value,key:value; the Task's declaration decides which it is. */
function param(task: Task, name: string, value: string): Param {
  const type = task.spec?.params?.find((declared) => declared.name === name)?.type ?? 'string';
  if (type === 'array') return { name, value: value === '' ? [] : value.split(',') };
  if (type !== 'object') return { name, value };
  const pairs = value.split(',').map((pair) => {
    const at = pair.indexOf(':');
    if (at > 0) return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()] as const;
    throw new SlipwayError('usage', 'PARAM_OBJECT', `param ${name}: "${pair}" is not key:value`, {
      hint: `write it like -p ${name}=key:value,other:value`,
    });
  });
  return { name, value: Object.fromEntries(pairs) };
}
