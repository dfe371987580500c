import type {
  Sidecar,
  Step,
  TaskRun,
  TaskSpec,
  Volume,
  WorkspaceBinding,
  WorkspaceDeclaration,
} from '@slipway/kube';
import { folders, workspacePath } from '../pod/folders.ts';
import { stepContainerName } from '../pod/names.ts';
import { replaceInSidecar, replaceInStep, replaceInTaskSpec } from './fields.ts';
import { type Replacements, stringReplacements } from './replacements.ts';

/** `$(context.taskRun.*)` and `$(context.task.*)`. */
export function contextReplacements(taskRun: TaskRun, taskName: string): Replacements {
  return stringReplacements([
    ['context.taskRun.name', taskRun.metadata.name ?? ''],
    ['context.taskRun.namespace', taskRun.metadata.namespace ?? ''],
    ['context.taskRun.uid', taskRun.metadata.uid ?? ''],
    ['context.task.name', taskName],
    ['context.task.retry-count', `${taskRun.status?.retriesStatus?.length ?? 0}`],
  ]);
}

const pathSpellings = (prefix: string, name: string): string[] => [
  `${prefix}.${name}.path`,
  `${prefix}["${name}"].path`,
  `${prefix}['${name}'].path`,
];

/** The paths of results, step results, artifacts and exit codes. */
export function replaceResultPaths(spec: TaskSpec): TaskSpec {
  const steps = (spec.steps ?? []).map((step, index) => replaceInStep(step, ownPaths(step, index)));
  const shared: [string, string][] = [];
  for (const { name } of spec.results ?? []) {
    for (const key of pathSpellings('results', name)) shared.push([key, `${folders.results}/${name}`]);
  }
  steps.forEach((step, index) => {
    const container = stepContainerName(step.name, index);
    shared.push([`steps.${container}.exitCode.path`, `${folders.steps}/${container}/exitCode`]);
  });
  return replaceInTaskSpec({ ...spec, steps }, stringReplacements(shared));
}

/** What a step calls its own: `$(step.results.x.path)`, `$(step.artifacts.path)`. */
function ownPaths(step: Step, index: number): Replacements {
  const folder = `${folders.steps}/${stepContainerName(step.name, index)}`;
  const entries: [string, string][] = [
    ['step.artifacts.path', `${folder}/artifacts/provenance.json`],
    ['artifacts.path', `${folders.artifacts}/provenance.json`],
  ];
  for (const { name } of step.results ?? []) {
    for (const key of pathSpellings('step.results', name)) entries.push([key, `${folder}/results/${name}`]);
  }
  return stringReplacements(entries);
}

/** `$(workspaces.x.path|bound|volume|claim)`; a step that mounts the workspace elsewhere sees its own path. */
export function replaceWorkspaces(
  spec: TaskSpec,
  bindings: readonly WorkspaceBinding[],
  volumes: ReadonlyMap<string, Volume>,
): TaskSpec {
  const declarations = spec.workspaces ?? [];
  const bound = new Set(bindings.map((binding) => binding.name));
  const isMounted = (declaration: WorkspaceDeclaration): boolean =>
    !declaration.optional || bound.has(declaration.name);
  const mounted = declarations.filter(isMounted);

  const entries: [string, string][] = [];
  for (const declaration of declarations) {
    const prefix = `workspaces.${declaration.name}`;
    entries.push([`${prefix}.bound`, `${isMounted(declaration)}`]);
    entries.push([`${prefix}.path`, isMounted(declaration) ? workspacePath(declaration) : '']);
  }
  for (const [name, volume] of volumes) entries.push([`workspaces.${name}.volume`, volume.name]);
  for (const { name, persistentVolumeClaim } of bindings) {
    entries.push([`workspaces.${name}.claim`, persistentVolumeClaim?.claimName ?? '']);
  }

  const isolated: TaskSpec = { ...spec };
  if (spec.steps) {
    isolated.steps = spec.steps.map((step) => replaceInStep(step, isolatedPaths(step, mounted)));
  }
  if (spec.sidecars) {
    isolated.sidecars = spec.sidecars.map((sidecar) =>
      replaceInSidecar(sidecar, isolatedPaths(sidecar, mounted)),
    );
  }
  return replaceInTaskSpec(isolated, stringReplacements(entries));
}

function isolatedPaths(user: Step | Sidecar, mounted: readonly WorkspaceDeclaration[]): Replacements {
  const names = new Set(mounted.map((declaration) => declaration.name));
  const own = (user.workspaces ?? []).filter((usage) => usage.mountPath && names.has(usage.name));
  return stringReplacements(own.map(({ name, mountPath }) => [`workspaces.${name}.path`, mountPath!]));
}
