import type { PodTemplate, TaskRun, TaskSpec, Volume, WorkspaceBinding } from '@slipway/kube';
import { folders } from '../pod/folders.ts';
import { bindClaims, mountWorkspaces, workspaceVolumes } from '../pod/workspace-volumes.ts';
import { replaceInBinding, replaceInPodTemplate, replaceInTaskSpec } from '../substitution/fields.ts';
import { paramReplacements } from '../substitution/params.ts';
import { stringReplacements } from '../substitution/replacements.ts';
import { contextReplacements, replaceResultPaths, replaceWorkspaces } from '../substitution/variables.ts';
import { validateTaskSpec } from '../validation/task-spec.ts';
import type { ResolvedTask } from './resolve.ts';
import { RunFailure } from './run-failure.ts';

export interface PreparedTask {
  /** The Task with every variable replaced: what `status.taskSpec` shows. */
  readonly spec: TaskSpec;
  /** The same with workspaces as volumes and mounts: what the Pod is built from. */
  readonly podSpec: TaskSpec;
  readonly podTemplate: PodTemplate;
}

/** Replaces the variables of a Task for one run, in Tekton's order: params, context, results, workspaces. */
export function prepareTask(taskRun: TaskRun, task: ResolvedTask): PreparedTask {
  const params = paramReplacements(task.spec.params ?? [], taskRun.spec.params ?? []);
  const bindings = bindClaims(
    (taskRun.spec.workspaces ?? []).map((binding) => replaceInBinding(binding, params)),
    taskRun.metadata.uid ?? '',
  );
  const volumes = workspaceVolumes(bindings);
  const withParams = replaceInTaskSpec(task.spec, params);
  const withContext = replaceInTaskSpec(withParams, contextReplacements(taskRun, task.name));
  const declared = declareBound(replaceResultPaths(withContext), bindings);
  const spec = replaceWorkspaces(declared, bindings, volumes);
  const podSpec = toPodSpec(spec, bindings, volumes);
  const podTemplate = replaceInPodTemplate(
    (taskRun.spec.podTemplate ?? {}) as Record<string, unknown>,
    params,
  );
  return { spec, podSpec, podTemplate };
}

/** A run's bindings reach a Task that does not declare them, when it stands in the run. */
function declareBound(spec: TaskSpec, bindings: readonly WorkspaceBinding[]): TaskSpec {
  const known = new Set((spec.workspaces ?? []).map(({ name }) => name));
  const added = bindings.filter(({ name }) => !known.has(name)).map(({ name }) => ({ name }));
  return added.length === 0 ? spec : { ...spec, workspaces: [...(spec.workspaces ?? []), ...added] };
}

function toPodSpec(
  spec: TaskSpec,
  bindings: readonly WorkspaceBinding[],
  volumes: ReadonlyMap<string, Volume>,
): TaskSpec {
  const errors = validateTaskSpec(spec);
  if (!errors.isEmpty) {
    throw new RunFailure(
      'TaskRunValidationFailed',
      `[User error] the Task with its variables replaced: ${errors}`,
    );
  }
  const credentials = stringReplacements([['credentials.path', folders.credentials]]);
  return replaceInTaskSpec(mountWorkspaces(spec, bindings, volumes), credentials);
}
