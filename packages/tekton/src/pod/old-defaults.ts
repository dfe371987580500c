import type { TaskSpec } from '@slipway/kube';
import { folders } from './folders.ts';

const VOLUME = 'tekton-internal-home';

/**
 * The Task with what Tekton's first versions gave every step: one home folder for all, in which later steps find what
 * earlier ones left (`docker login` in one, `docker push` in the next), and `/workspace` to start in. What a step says
 * itself wins.
 */
export function withOldDefaults(spec: TaskSpec): TaskSpec {
  const { env = [], volumeMounts = [], workingDir, ...template } = spec.stepTemplate ?? {};
  const hasHome = env.some(({ name }) => name === 'HOME');
  return {
    ...spec,
    stepTemplate: {
      ...template,
      workingDir: workingDir || folders.workspace,
      env: hasHome ? env : [{ name: 'HOME', value: folders.oldHome }, ...env],
      volumeMounts: [...volumeMounts, { name: VOLUME, mountPath: folders.oldHome }],
    },
    volumes: [...(spec.volumes ?? []), { name: VOLUME, emptyDir: {} }],
  };
}
