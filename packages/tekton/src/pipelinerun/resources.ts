import {
  isStatus,
  type KubeClient,
  ownerReference,
  type PersistentVolumeClaim,
  type PipelineResource,
  type PipelineRun,
  type PipelineRunStatus,
  resources,
} from '@slipway/kube';
import { artifactClaimName, artifactPath } from '../pipeline-resources/copies.ts';
import { RunFailure } from '../taskrun/run-failure.ts';
import { goList } from '../validation/names.ts';
import {
  type BoundResources,
  type DeclaredResources,
  PIPELINE_SPEC_RESOURCES_ANNOTATION,
  type PipelineResourceDeclaration,
  type PipelineRunResource,
  type PipelineTaskInputResource,
  type PipelineTasksResources,
  RESOURCES_ANNOTATION,
  readAnnotation,
  TASK_SPEC_RESOURCES_ANNOTATION,
  TASKS_RESOURCES_ANNOTATION,
  type TaskResourceBinding,
} from '../versions/annotations.ts';
import type { ResolvedPipeline } from './resolve-pipeline.ts';

const CLAIM_SIZE = '5Gi';

/**
 * Checks that a run binds the PipelineResources of its Pipeline, and makes the claim by which its tasks hand them on. The
 * status keeps what the tasks do with them. Throws RunFailure in Tekton's words.
 */
export async function bindPipelineResources(
  client: KubeClient,
  run: PipelineRun,
  pipeline: ResolvedPipeline,
): Promise<PipelineRunStatus> {
  const { status = {} } = run;
  const { declared, byTask } = pipelineResources(run, pipeline);
  const bound = listed(readAnnotation<PipelineRunResource[]>(run.metadata.annotations, RESOURCES_ANNOTATION));
  refuseBindings(run, pipeline, declared, bound);
  for (const binding of bound) {
    const { type } = declared.find(({ name }) => name === binding.name)!;
    await checkBinding(client, run, binding, type);
  }
  if (!byTask) return status;
  refuseSources(run, pipeline, byTask);
  if (sourcesOf(byTask).length > 0) await createArtifactClaim(client, run);
  const kept = { ...status.annotations, [TASKS_RESOURCES_ANNOTATION]: JSON.stringify(byTask) };
  return { ...status, annotations: kept };
}

/** What a Pipeline wants from its runs, and what its tasks do with it. */
interface PipelineResources {
  readonly declared: readonly PipelineResourceDeclaration[];
  readonly byTask: PipelineTasksResources | undefined;
}

/** What a run's Pipeline says of resources and Conditions: in annotations of itself, or of the run that it stands in. */
export function pipelineResources(run: PipelineRun, pipeline: ResolvedPipeline): PipelineResources {
  const isEmbedded = run.spec.pipelineSpec !== undefined;
  const annotations = isEmbedded ? run.metadata.annotations : pipeline.annotations;
  const declaredIn = isEmbedded ? PIPELINE_SPEC_RESOURCES_ANNOTATION : RESOURCES_ANNOTATION;
  return {
    declared: listed(readAnnotation<PipelineResourceDeclaration[]>(annotations, declaredIn)),
    byTask: readAnnotation<PipelineTasksResources>(annotations, TASKS_RESOURCES_ANNOTATION),
  };
}

const listed = <T>(list: T[] | undefined): T[] => (Array.isArray(list) ? list : []);

function invalidBindings({ metadata }: PipelineRun, pipeline: ResolvedPipeline, why: string): RunFailure {
  const { namespace, name } = metadata;
  const message = `PipelineRun ${namespace}/${name} doesn't bind Pipeline ${namespace}/${pipeline.name}'s PipelineResources correctly: ${why}`;
  return RunFailure.ofUser('InvalidPipelineResourceBindings', message);
}

function refuseBindings(
  run: PipelineRun,
  pipeline: ResolvedPipeline,
  declared: readonly PipelineResourceDeclaration[],
  bound: readonly PipelineRunResource[],
): void {
  const missing = declared.filter(
    ({ name, optional }) => !optional && !bound.some((one) => one.name === name),
  );
  if (missing.length > 0) {
    const names = goList(missing.map(({ name, type }) => `${name} (${type})`));
    throw invalidBindings(run, pipeline, `it lacks ${names}: add each to spec.resources of the PipelineRun`);
  }
  const stray = bound.filter(({ name }) => !declared.some((one) => one.name === name));
  if (stray.length === 0) return;
  const names = goList(stray.map(({ name }) => name));
  throw invalidBindings(
    run,
    pipeline,
    `the Pipeline does not declare ${names}: remove them, or correct the names`,
  );
}

async function checkBinding(
  client: KubeClient,
  run: PipelineRun,
  { name, resourceRef, resourceSpec }: PipelineRunResource,
  type: string,
): Promise<void> {
  const { namespace = '' } = run.metadata;
  const fail = (why: string): RunFailure =>
    RunFailure.ofUser(
      'CouldntGetResource',
      `PipelineRun ${namespace}/${run.metadata.name} can't be Run; resource "${name}": ${why}`,
    );
  if (Boolean(resourceRef?.name) === Boolean(resourceSpec)) {
    throw fail('it needs either a resourceRef or a resourceSpec');
  }
  let found = resourceSpec?.type;
  if (resourceRef?.name) {
    try {
      const resource = await client.get<PipelineResource>(
        resources.pipelineresources,
        resourceRef.name,
        namespace,
      );
      found = resource.spec.type;
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error;
      throw fail(
        `there is no PipelineResource "${resourceRef.name}" in namespace ${namespace}: apply it there, or write it into the run as resourceSpec`,
      );
    }
  }
  if (found !== type) throw fail(`it should be type "${type}" but was "${found}"`);
}

/** Every input of a task or of its Conditions that comes from another task. */
function sourcesOf(byTask: PipelineTasksResources): PipelineTaskInputResource[] {
  return Object.values(byTask)
    .flatMap(({ inputs = [], conditions = [] }) => [
      ...inputs,
      ...conditions.flatMap((condition) => condition.resources ?? []),
    ])
    .filter(({ from = [] }) => from.length > 0);
}

function refuseSources(run: PipelineRun, pipeline: ResolvedPipeline, byTask: PipelineTasksResources): void {
  for (const { name, resource, from = [] } of sourcesOf(byTask)) {
    const without = from.find(
      (task) => !byTask[task]?.outputs?.some((output) => output.resource === resource),
    );
    if (without === undefined) continue;
    const why = `input "${name}" is from task "${without}", which does not have the resource "${resource}" as output`;
    throw invalidBindings(run, pipeline, why);
  }
}

/** What the task that gives a resource of the pipeline calls it. */
function outputName(byTask: PipelineTasksResources, task: string, resource: string): string {
  return byTask[task]?.outputs?.find((output) => output.resource === resource)?.name ?? resource;
}

async function createArtifactClaim(client: KubeClient, run: PipelineRun): Promise<void> {
  const { name, namespace = '' } = run.metadata;
  const claim: PersistentVolumeClaim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: artifactClaimName(name),
      namespace,
      ownerReferences: [ownerReference(run, { controller: true })],
    },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: CLAIM_SIZE } } },
  };
  await client.create(resources.persistentvolumeclaims, claim).catch((error: unknown) => {
    if (!isStatus(error, 'AlreadyExists')) throw error;
  });
}

/** The annotations by which the TaskRun of a task knows its resources. */
export function childResources(run: PipelineRun, task: string): Record<string, string> {
  const byTask = tasksResourcesOf(run);
  const { inputs = [], outputs = [], declared } = byTask[task] ?? {};
  if (inputs.length + outputs.length === 0 && declared === undefined) return {};
  const isAskedFor = (resource: string): boolean =>
    sourcesOf(byTask).some((input) => input.resource === resource && input.from?.includes(task));
  const given: BoundResources = {
    inputs: boundInputs(run, inputs),
    outputs: outputs.flatMap(({ name, resource }) =>
      bind(run, name, resource, isAskedFor(resource) ? [artifactPath(task, name)] : []),
    ),
  };
  return resourceAnnotations(given, declared);
}

/** The same for the TaskRun that checks a Condition. */
export function checkResources(
  run: PipelineRun,
  inputs: readonly PipelineTaskInputResource[],
  declared: DeclaredResources | undefined,
): Record<string, string> {
  return declared ? resourceAnnotations({ inputs: boundInputs(run, inputs), outputs: [] }, declared) : {};
}

function resourceAnnotations(
  given: BoundResources,
  declared: DeclaredResources | undefined,
): Record<string, string> {
  return {
    [RESOURCES_ANNOTATION]: JSON.stringify(given),
    ...(declared ? { [TASK_SPEC_RESOURCES_ANNOTATION]: JSON.stringify(declared) } : {}),
  };
}

const tasksResourcesOf = ({ status }: PipelineRun): PipelineTasksResources =>
  readAnnotation<PipelineTasksResources>(status?.annotations, TASKS_RESOURCES_ANNOTATION) ?? {};

function bind(
  run: PipelineRun,
  name: string,
  resource: string,
  paths: readonly string[],
): TaskResourceBinding[] {
  const bound = listed(readAnnotation<PipelineRunResource[]>(run.metadata.annotations, RESOURCES_ANNOTATION));
  const found = bound.find((one) => one.name === resource);
  return found ? [{ ...found, name, ...(paths.length > 0 ? { paths: [...paths] } : {}) }] : [];
}

function boundInputs(run: PipelineRun, inputs: readonly PipelineTaskInputResource[]): TaskResourceBinding[] {
  const byTask = tasksResourcesOf(run);
  return inputs.flatMap(({ name, resource, from = [] }) => {
    const sources = from.map((source) => artifactPath(source, outputName(byTask, source, resource)));
    return bind(run, name, resource, sources);
  });
}
