import { childName, type Step, type TaskRun, type Volume } from '@slipway/kube';
import { hashedName } from '../pod/names.ts';
import type { ResourceKind } from '../versions/annotations.ts';
import type { BoundResource } from './bound-resource.ts';
import { type StepContext, stepName } from './resource-step.ts';

/** The types whose files pass from one task of a pipeline to the next; the others only order them. */
const COPIED: readonly ResourceKind[] = ['git', 'storage'];

const MOUNT_PATH = '/pvc';

/** The claim by which the tasks of a PipelineRun hand each other their resources. */
export function artifactClaimName(pipelineRun: string): string {
  return childName(pipelineRun, '-pvc');
}

/** Where on that claim a task leaves one of its outputs. */
export function artifactPath(task: string, output: string): string {
  return `${MOUNT_PATH}/${task}/${output}`;
}

/** The volume of a run's pipeline; undefined for a run that belongs to none. */
export function artifactVolume(taskRun: TaskRun): Volume | undefined {
  const owner = taskRun.metadata.ownerReferences?.find(({ kind }) => kind === 'PipelineRun');
  if (!owner) return undefined;
  const claimName = artifactClaimName(owner.name);
  return { name: hashedName('pvc', claimName, 8), persistentVolumeClaim: { claimName } };
}

/** The steps that take an input from the pipeline's volume; empty when the run names no folder there. */
export function copyInSteps(resource: BoundResource, volume: Volume, context: StepContext): Step[] {
  return pathsOf(resource).map((from) => copyStep(resource, volume, from, resource.path, context));
}

/** The steps that put an output on the pipeline's volume. */
export function copyOutSteps(resource: BoundResource, volume: Volume, context: StepContext): Step[] {
  return pathsOf(resource).map((to) => copyStep(resource, volume, resource.path, to, context));
}

function pathsOf({ declaration, copies }: BoundResource): readonly string[] {
  return COPIED.includes(declaration.type) ? copies : [];
}

function copyStep(
  resource: BoundResource,
  volume: Volume,
  from: string,
  to: string,
  context: StepContext,
): Step {
  const seeded = { ...resource, path: `${from}\n${to}` };
  return {
    name: stepName('source-copy', resource.declaration.name, seeded, context),
    image: context.image,
    command: ['sh', '-c', 'mkdir -p "$2" && cp -R "$1/." "$2"', 'source-copy', from, to],
    volumeMounts: [{ name: volume.name, mountPath: MOUNT_PATH }],
  };
}
