import type { Step, TaskRun, TaskSpec, Volume } from '@slipway/kube';
import { stepContainerName } from '../pod/names.ts';
import { RunFailure } from '../taskrun/run-failure.ts';
import type { BoundResource, TaskResources } from './bound-resource.ts';
import { clusterStep } from './cluster.ts';
import { artifactVolume, copyInSteps, copyOutSteps } from './copies.ts';
import { COMMIT_RESULT, gitStep } from './git.ts';
import { digestStep, layoutFolders } from './image.ts';
import { withoutCredentials } from './redact.ts';
import type { StepContext } from './resource-step.ts';
import type { ResultOrder } from './results.ts';
import { fetchStep, storeStep } from './storage.ts';

/** What the resources of a run add to its Pod. */
export interface RunResources {
  readonly before: readonly Step[];
  readonly after: readonly Step[];
  readonly volumes: readonly Volume[];
  /** Made before the first step. */
  readonly folders: readonly string[];
  readonly results: readonly ResultOrder[];
}

/** The steps that bring the inputs and take the outputs, in Tekton's order. Throws RunFailure for what cannot be done here. */
export function runResources(taskRun: TaskRun, resources: TaskResources, image: string): RunResources {
  const context = { image, runUid: taskRun.metadata.uid ?? '' };
  const volume = artifactVolume(taskRun);
  const inputs = resources.inputs.map((resource) => inputSteps(resource, volume, context));
  const images = resources.outputs.filter(({ declaration }) => declaration.type === 'image');
  const exporter = digestStep(images, context);
  const after = resources.outputs.flatMap((resource) => outputSteps(resource, volume, context));
  const before = inputs.flatMap(({ steps }) => steps);
  const all = exporter ? [exporter, ...after] : after;
  const isVolumeUsed = [...before, ...all].some(({ volumeMounts }) => volumeMounts);
  return {
    before,
    after: all,
    volumes: volume && isVolumeUsed ? [volume] : [],
    folders: foldersOf(resources.outputs),
    results: [
      ...inputs.flatMap(({ results }) => results),
      ...images.map((resource) => digestOrder(resource, exporter!)),
    ],
  };
}

/** The Task with the steps of its resources around its own. */
export function withResourceSteps(spec: TaskSpec, { before, after, volumes }: RunResources): TaskSpec {
  const steps = [...before, ...(spec.steps ?? []), ...after];
  return {
    ...spec,
    steps,
    ...(volumes.length > 0 ? { volumes: [...(spec.volumes ?? []), ...volumes] } : {}),
  };
}

/** The Task for the run's status: what its author did not write is named, but neither its scripts nor its values are shown. */
export function withoutTheirWork(spec: TaskSpec, { before, after }: RunResources): TaskSpec {
  const added = new Set([...before, ...after].map(({ name }) => name));
  const steps = spec.steps?.map((step) => {
    if (!added.has(step.name)) return step;
    const { name, image, results } = step;
    return { name, ...(image ? { image } : {}), ...(results ? { results } : {}) } as Step;
  });
  return steps ? { ...spec, steps } : spec;
}

function inputSteps(
  resource: BoundResource,
  volume: Volume | undefined,
  context: StepContext,
): { steps: Step[]; results: ResultOrder[] } {
  const copies = volume ? copyInSteps(resource, volume, context) : [];
  if (copies.length > 0) return { steps: copies, results: [] };
  switch (resource.declaration.type) {
    case 'git': {
      const step = gitStep(resource, context);
      return { steps: [step], results: gitOrders(resource, step) };
    }
    case 'storage':
      return { steps: [fetchStep(resource, context)], results: [] };
    case 'cluster':
      return { steps: [clusterStep(resource, context)], results: [] };
    case 'pullRequest':
      throw noForge(resource);
    default:
      return { steps: [], results: [] };
  }
}

function outputSteps(resource: BoundResource, volume: Volume | undefined, context: StepContext): Step[] {
  const copies = volume ? copyOutSteps(resource, volume, context) : [];
  if (resource.declaration.type === 'pullRequest') throw noForge(resource);
  return resource.declaration.type === 'storage' ? [...copies, storeStep(resource, context)] : copies;
}

function noForge({ resourceName }: BoundResource): RunFailure {
  return RunFailure.ofUser(
    'TaskRunValidationFailed',
    `PipelineResource "${resourceName}" of type pullRequest needs the API of its forge (GitHub, GitLab), which is not supported: take the source by a git resource with revision refs/pull/<number>/head, and report back in a step of your own`,
  );
}

/** As Tekton, which made a folder for each output before the first step. */
function foldersOf(outputs: readonly BoundResource[]): string[] {
  const all = outputs.flatMap((output) =>
    output.declaration.type === 'image' ? [output.path, ...layoutFolders(output)] : [output.path],
  );
  return [...new Set(all)];
}

const refOf = (resource: BoundResource): Pick<ResultOrder, 'resourceName' | 'resourceRef'> => ({
  resourceName: resource.declaration.name,
  resourceRef: { name: resource.resourceName },
});

function gitOrders(resource: BoundResource, step: Step): ResultOrder[] {
  const container = stepContainerName(step.name, 0);
  const url = step.env?.find(({ name }) => name === 'URL')?.value ?? '';
  return [
    { container, key: 'commit', result: COMMIT_RESULT, ...refOf(resource) },
    { container, key: 'url', value: withoutCredentials(url), ...refOf(resource) },
  ];
}

function digestOrder(resource: BoundResource, step: Step): ResultOrder {
  const container = stepContainerName(step.name, 0);
  return { container, key: 'digest', result: resource.declaration.name, ...refOf(resource) };
}
