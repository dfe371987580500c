import type { TaskSpec } from '@slipway/kube';
import { folders } from './folders.ts';

const VOLUME = 'tekton-internal-home';

/**
 * The Task with the home folder of Tekton before v0.9: one for all steps, which find in it what earlier ones left there
 * (`docker login` in one, `docker push` in the next). A step's own HOME, or its own mount there, wins.
 */
export function withOldHome(spec: TaskSpec): TaskSpec {
  const { env = [], volumeMounts = [], ...template } = spec.stepTemplate ?? {};
  const hasHome = env.some(({ name }) => name === 'HOME');
  return {
    ...spec,
    stepTemplate: {
      ...template,
      env: hasHome ? env : [{ name: 'HOME', value: folders.oldHome }, ...env],
      volumeMounts: [...volumeMounts, { name: VOLUME, mountPath: folders.oldHome }],
    },
    volumes: [...(spec.volumes ?? []), { name: VOLUME, emptyDir: {} }],
  };
}
