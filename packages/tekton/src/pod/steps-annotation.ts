import { posix } from 'node:path';
import { parseDuration } from '@slipway/core';
import type { Sidecar, Step, TaskSpec } from '@slipway/kube';
import { folders } from './folders.ts';
import { sidecarContainerName, stepContainerName } from './names.ts';

/** One step as the pod runner executes it. */
export interface StepOrder {
  readonly container: string;
  /** The file that runs instead of the image's command, shebang included; the container's args are its arguments. */
  readonly script?: string;
  readonly timeoutSeconds?: number;
  readonly onError: 'continue' | 'stopAndFail';
  /** Results of the step itself, under `/tekton/steps/<container>/results`. */
  readonly results: readonly string[];
  /** Files that take a copy of the output. */
  readonly stdout?: string;
  readonly stderr?: string;
}

/** A Secret of the ServiceAccount and what of it becomes credentials, after Tekton's docs/auth.md. */
export interface CredentialOrder {
  readonly secret: string;
  readonly kind: 'basic-docker' | 'docker-config' | 'docker-cfg' | 'basic-git' | 'ssh-git';
  /** The server that a `basic-*` or `ssh-git` credential is for. */
  readonly url?: string;
}

/**
 * The annotation `slipway.dev/steps` of a Pod: what Tekton says with its injected entrypoint binary, said as data
 * to the pod runner. Written here, executed by `@slipway/pods`.
 */
export interface StepsAnnotation {
  readonly version: 1;
  readonly steps: readonly StepOrder[];
  readonly results: { readonly directory: string; readonly names: readonly string[] };
  /** Folders to make before the first step. */
  readonly workingDirs: readonly string[];
  /** Scripts of sidecars; sidecars without one are ordinary containers. */
  readonly sidecars?: readonly { readonly container: string; readonly script: string }[];
  readonly credentials?: readonly CredentialOrder[];
}

/** The annotation for a Task whose template is merged and whose variables are replaced; `made` are further folders to make. */
export function stepsAnnotation(
  spec: TaskSpec,
  steps: readonly Step[],
  credentials: readonly CredentialOrder[],
  made: readonly string[] = [],
): StepsAnnotation {
  const results = (spec.results ?? []).filter((result) => result.value === undefined);
  const sidecars = (spec.sidecars ?? []).filter((sidecar) => sidecar.script).map(sidecarScript);
  return {
    version: 1,
    steps: steps.map(stepOrder),
    results: { directory: folders.results, names: results.map((result) => result.name) },
    workingDirs: [...new Set([...workingDirs(steps), ...made])],
    ...(sidecars.length > 0 ? { sidecars } : {}),
    ...(credentials.length > 0 ? { credentials } : {}),
  };
}

function stepOrder(step: Step, index: number): StepOrder {
  return {
    container: stepContainerName(step.name, index),
    ...(step.script ? { script: withShebang(step.script) } : {}),
    ...(step.timeout ? { timeoutSeconds: parseDuration(step.timeout) / 1000 } : {}),
    onError: step.onError === 'continue' ? 'continue' : 'stopAndFail',
    results: (step.results ?? []).map((result) => result.name),
    ...(step.stdoutConfig?.path ? { stdout: step.stdoutConfig.path } : {}),
    ...(step.stderrConfig?.path ? { stderr: step.stderrConfig.path } : {}),
  };
}

const sidecarScript = (sidecar: Sidecar): { container: string; script: string } => ({
  container: sidecarContainerName(sidecar.name),
  script: withShebang(sidecar.script ?? ''),
});

/** A script without an interpreter runs in the shell and stops at the first failure. */
function withShebang(script: string): string {
  return script.trimStart().startsWith('#!') ? script : `#!/bin/sh\nset -e\n${script}`;
}

/** Where a step's container starts: a relative folder is one of the workspace. */
export function absoluteWorkingDir(workingDir: string): string {
  return posix.resolve(folders.workspace, workingDir);
}

function workingDirs(steps: readonly Step[]): string[] {
  const wanted = steps.flatMap((step) => (step.workingDir ? [absoluteWorkingDir(step.workingDir)] : []));
  return [...new Set(wanted)].filter((folder) => folder.startsWith(`${folders.workspace}/`)).sort();
}
