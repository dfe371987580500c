import { posix } from 'node:path';
import type { PipelineRun, PipelineTask, TaskSpec, WorkspaceBinding } from '@slipway/kube';
import { claimName } from '../pod/workspace-volumes.ts';
import { replaceInBinding } from '../substitution/fields.ts';
import type { PipelineReplacements } from '../substitution/pipeline-values.ts';
import { findReferences } from '../substitution/references.ts';
import { textsOf } from '../substitution/result-references.ts';
import { RunFailure } from '../taskrun/run-failure.ts';
import { without } from '../without.ts';

/** What the TaskRun of a task gets of the run's workspaces; `taskSpec` is its Task, where that is known. */
export function childWorkspaces(
  run: PipelineRun,
  task: PipelineTask,
  taskSpec: TaskSpec | undefined,
  replacements: PipelineReplacements,
): WorkspaceBinding[] {
  const bindings = new Map((run.spec.workspaces ?? []).map((binding) => [binding.name, binding]));
  return usedWorkspaces(task).flatMap(({ name, workspace = name, subPath = '' }) => {
    const binding = bindings.get(workspace || name);
    if (!binding) {
      const isOptional = taskSpec?.workspaces?.some((each) => each.name === name && each.optional);
      if (isOptional) return [];
      const why = `expected workspace "${workspace || name}" to be provided by pipelinerun for pipeline task "${task.name}"`;
      throw new RunFailure('CreateRunFailed', why);
    }
    const path = joined(binding.subPath ?? '', subPath);
    const own: WorkspaceBinding = {
      ...claimed(binding, run.metadata.uid ?? ''),
      name,
      ...(path !== '' && { subPath: path }),
    };
    return [replaceInBinding(own, replacements)];
  });
}

/** The workspaces that a task asks for, and those that the steps of its embedded Task use without asking. */
function usedWorkspaces(task: PipelineTask): NonNullable<PipelineTask['workspaces']> {
  const asked = task.workspaces ?? [];
  const { steps, sidecars, stepTemplate } = task.taskSpec ?? {};
  const used = textsOf([steps, sidecars, stepTemplate]).flatMap((text) => findReferences(text, 'workspaces'));
  const names = new Set(used.map((reference) => reference.name));
  const added = [...names].filter((name) => !asked.some((each) => each.name === name));
  return [...asked, ...added.map((name) => ({ name }))];
}

/** A claim is made once for the whole run; its TaskRuns name it. */
function claimed(binding: WorkspaceBinding, runUid: string): WorkspaceBinding {
  if (!binding.volumeClaimTemplate) return binding;
  return {
    ...without(binding, 'volumeClaimTemplate'),
    persistentVolumeClaim: { claimName: claimName(binding, runUid) },
  };
}

function joined(outer: string, inner: string): string {
  return outer === '' || inner === '' ? outer + inner : posix.join(outer, inner);
}
