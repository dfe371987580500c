import type { PodTemplate, TaskRun, TaskSpec, Volume, WorkspaceBinding } from '@slipway/kube';
import type { TaskResources } from '../pipeline-resources/bound-resource.ts';
import {
  type RunResources,
  withoutTheirWork,
  withResourceSteps,
} from '../pipeline-resources/run-resources.ts';
import { replaceResources } from '../pipeline-resources/variables.ts';
import { folders } from '../pod/folders.ts';
import { homeOfFirstVersions, withOldDefaults } from '../pod/old-defaults.ts';
import { bindClaims, mountWorkspaces, workspaceVolumes } from '../pod/workspace-volumes.ts';
import { replaceInBinding, replaceInPodTemplate, replaceInTaskSpec } from '../substitution/fields.ts';
import { paramReplacements } from '../substitution/params.ts';
import { stringReplacements } from '../substitution/replacements.ts';
import { contextReplacements, replaceResultPaths, replaceWorkspaces } from '../substitution/variables.ts';
import { validateTaskSpec } from '../validation/task-spec.ts';
import { WRITTEN_IN_ANNOTATION, WRITTEN_IN_V1ALPHA1 } from '../versions/annotations.ts';
import type { ResolvedTask } from './resolve.ts';
import { RunFailure } from './run-failure.ts';

export interface PreparedTask {
  /** The Task with every variable replaced: what `status.taskSpec` shows. */
  readonly spec: TaskSpec;
  /** The same with workspaces as volumes and mounts: what the Pod is built from. */
  readonly podSpec: TaskSpec;
  readonly podTemplate: PodTemplate;
  readonly resources?: RunResources | undefined;
}

/** The PipelineResources of a run, and what they add to its Pod. */
export interface PreparedResources {
  readonly bound: TaskResources;
  readonly additions: RunResources;
}

/** Replaces the variables of a Task for one run, in Tekton's order: params, resources, context, results, workspaces. */
export function prepareTask(
  taskRun: TaskRun,
  task: ResolvedTask,
  resources?: PreparedResources,
): PreparedTask {
  const params = paramReplacements(task.spec.params ?? [], taskRun.spec.params ?? []);
  const bindings = bindClaims(
    (taskRun.spec.workspaces ?? []).map((binding) => replaceInBinding(binding, params)),
    taskRun.metadata.uid ?? '',
  );
  const volumes = workspaceVolumes(bindings);
  const withParams = replaceInTaskSpec(task.spec, params);
  const withResources = resources ? addResources(withParams, resources) : withParams;
  const withContext = replaceInTaskSpec(withResources, contextReplacements(taskRun, task.name));
  const declared = declareBound(replaceResultPaths(withContext), bindings);
  const spec = replaceWorkspaces(declared, bindings, volumes);
  const hasOldDefaults = resources !== undefined || isOfFirstVersions(taskRun);
  const home = hasOldDefaults ? homeOfFirstVersions(task.spec) : undefined;
  const podSpec = toPodSpec(spec, bindings, volumes, home);
  const podTemplate = replaceInPodTemplate(
    (taskRun.spec.podTemplate ?? {}) as Record<string, unknown>,
    params,
  );
  const additions = resources?.additions;
  const shown = additions ? withoutTheirWork(spec, additions) : spec;
  return { spec: shown, podSpec, podTemplate, resources: additions };
}

const isOfFirstVersions = ({ metadata }: TaskRun): boolean =>
  metadata.annotations?.[WRITTEN_IN_ANNOTATION] === WRITTEN_IN_V1ALPHA1;

function addResources(spec: TaskSpec, { bound, additions }: PreparedResources): TaskSpec {
  return withResourceSteps(replaceResources(spec, bound), additions);
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
  oldHome: string | undefined,
): TaskSpec {
  const errors = validateTaskSpec(spec);
  if (!errors.isEmpty) {
    throw new RunFailure(
      'TaskRunValidationFailed',
      `[User error] the Task with its variables replaced: ${errors}`,
    );
  }
  const credentials = stringReplacements([['credentials.path', folders.credentials]]);
  const mounted = mountWorkspaces(spec, bindings, volumes);
  return replaceInTaskSpec(oldHome ? withOldDefaults(mounted, oldHome) : mounted, credentials);
}
