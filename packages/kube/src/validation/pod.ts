import { duplicateField, type FieldError, invalidField, requiredField } from '../field-error.ts';
import type { Container } from '../objects/container.ts';
import type { Pod } from '../objects/pod.ts';
import { validateContainer } from './container.ts';
import { validateVolumes } from './volume.ts';

/** What is wrong with a pod beyond its types: names, images, mounts without a volume, paths that leave a volume. */
export function validatePod({ spec }: Pod): FieldError[] {
  const { volumes = [], initContainers = [], containers, activeDeadlineSeconds } = spec;
  const names = new Set(volumes.map(({ name }) => name));
  const seen = new Set<string>();
  const check = (list: readonly Container[], path: string): FieldError[] =>
    list.flatMap((container, index) => {
      const at = `${path}[${index}]`;
      const twice = seen.has(container.name) ? [duplicateField(`${at}.name`, container.name)] : [];
      seen.add(container.name);
      return [...twice, ...validateContainer(container, names, at)];
    });
  return [
    ...validateVolumes(volumes, 'spec.volumes'),
    ...(containers.length === 0 ? [requiredField('spec.containers')] : []),
    ...check(initContainers, 'spec.initContainers'),
    ...check(containers, 'spec.containers'),
    ...(activeDeadlineSeconds !== undefined && activeDeadlineSeconds < 1
      ? [invalidField('spec.activeDeadlineSeconds', activeDeadlineSeconds, 'must be greater than 0')]
      : []),
  ];
}
