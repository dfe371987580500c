import type { Step } from '@slipway/kube';
import type { BoundResource } from './bound-resource.ts';
import { type StepContext, stepName, stepScript } from './resource-step.ts';

/** Where Tekton before v0.10 told builders to leave the layouts of their images. */
const OLD_OUTPUTS = '/builder/home/image-outputs';

/** Where the OCI layout of an image may be: what the Task says, or the places of Tekton's versions. */
export function layoutFolders({ declaration, path }: BoundResource): string[] {
  if (declaration.outputImageDir) return [declaration.outputImageDir];
  return [path, `${OLD_OUTPUTS}/${declaration.name}`];
}

/**
 * The step that reads the digests of the images that the steps before it have built; undefined when there are none. One
 * after the last step says what one after each would: a later one overrides an earlier one, and none runs after a failure.
 */
export function digestStep(images: readonly BoundResource[], context: StepContext): Step | undefined {
  if (images.length === 0) return undefined;
  const wanted = images.map((image) => ({
    name: image.resourceName,
    folders: layoutFolders(image),
    result: `$(step.results.${image.declaration.name}.path)`,
  }));
  return {
    name: stepName('image-digest-exporter', '', images[0], context),
    image: context.image,
    env: [{ name: 'IMAGES', value: JSON.stringify(wanted) }],
    results: images.map(({ declaration }) => ({ name: declaration.name })),
    script: stepScript('image-digest-exporter.cjs'),
  };
}
