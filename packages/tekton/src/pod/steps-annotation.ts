import { posix } from 'node:path';
import { parseDuration } from '@slipway/core';
import type { CredentialOrder, Sidecar, Step, StepOrder, StepsAnnotation, TaskSpec } from '@slipway/kube';
import { folders } from './folders.ts';
import { sidecarContainerName, stepContainerName } from './names.ts';

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
