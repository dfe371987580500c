import type { Sidecar, TaskSpec } from '@slipway/kube';
import { folders } from './folders.ts';

/** Kubernetes let an exec probe take as long as it took until v1.20; here it is a minute. */
const OLD_PROBE_SECONDS = 60;

const VOLUME = 'tekton-internal-home';

/**
 * HOME of the steps of a run that was written in v1alpha1. It was `/builder/home` until Tekton v0.9, which also brought
 * `script`: a Task that has one knows `/tekton/home`.
 */
export function homeOfFirstVersions({ steps = [] }: TaskSpec): string {
  return steps.some(({ script }) => script) ? folders.home : folders.oldHome;
}

/**
 * The Task with what Tekton's first versions gave every step: one home folder for all, in which later steps find what
 * earlier ones left (`docker login` in one, `docker push` in the next), and `/workspace` to start in. What a step says
 * itself wins.
 */
export function withOldDefaults(spec: TaskSpec, home: string): TaskSpec {
  const { env = [], volumeMounts = [], workingDir, ...template } = spec.stepTemplate ?? {};
  const paths = new Set([home, folders.oldHome]); // what a step leaves in the older one is found by either name
  const hasHome = env.some(({ name }) => name === 'HOME');
  return {
    ...spec,
    ...(spec.sidecars ? { sidecars: spec.sidecars.map(withPatientProbe) } : {}),
    stepTemplate: {
      ...template,
      workingDir: workingDir || folders.workspace,
      env: hasHome ? env : [{ name: 'HOME', value: home }, ...env],
      volumeMounts: [...volumeMounts, ...[...paths].map((mountPath) => ({ name: VOLUME, mountPath }))],
    },
    volumes: [...(spec.volumes ?? []), { name: VOLUME, emptyDir: {} }],
  };
}

function withPatientProbe(sidecar: Sidecar): Sidecar {
  const { readinessProbe } = sidecar;
  if (!readinessProbe?.exec || readinessProbe.timeoutSeconds) return sidecar;
  return { ...sidecar, readinessProbe: { ...readinessProbe, timeoutSeconds: OLD_PROBE_SECONDS } };
}
