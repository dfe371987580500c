import { isStatus, type KubeClient, type PipelineResource, resources, type TaskRun } from '@slipway/kube';
import type { ResolvedTask } from '../taskrun/resolve.ts';
import { RunFailure } from '../taskrun/run-failure.ts';
import { goList } from '../validation/names.ts';
import {
  type PipelineResourceSpec,
  RESOURCE_TYPES,
  type ResourceKind,
  type TaskResource,
  type TaskResourceBinding,
} from '../versions/annotations.ts';
import type { AbsentResource, BoundResource, TaskResources } from './bound-resource.ts';
import { type Direction, resourceNeeds } from './declared.ts';
import { inputPath, outputPath } from './paths.ts';

/**
 * The PipelineResources of a run, each with what its Task declares. Throws RunFailure for one that is missing, of another
 * type, or not asked for.
 */
export async function bindResources(
  client: KubeClient,
  taskRun: TaskRun,
  task: ResolvedTask,
): Promise<TaskResources> {
  const { declared, bound } = resourceNeeds(taskRun, task);
  const namespace = taskRun.metadata.namespace ?? '';
  const pathOf = (direction: Direction, declaration: TaskResource): string =>
    direction === 'inputs' ? inputPath(declaration) : outputPath(declaration, declared.inputs);
  const found: Record<Direction, BoundResource[]> = { inputs: [], outputs: [] };
  const absent: AbsentResource[] = [];
  for (const direction of ['inputs', 'outputs'] as const) {
    refuseUnknown(direction, declared[direction], bound[direction]);
    for (const declaration of declared[direction]) {
      const path = pathOf(direction, declaration);
      const binding = bound[direction].find(({ name }) => name === declaration.name);
      if (binding)
        found[direction].push(await bind(client, namespace, direction, declaration, binding, path));
      else if (declaration.optional) absent.push({ direction, declaration, path });
      else throw invalid(direction, notBound(direction, declaration));
    }
  }
  return { ...found, absent };
}

const singular = { inputs: 'input', outputs: 'output' } as const;

function invalid(direction: Direction, message: string): RunFailure {
  return RunFailure.ofUser('TaskRunValidationFailed', `invalid ${singular[direction]} resources: ${message}`);
}

function notBound(direction: Direction, { name, type }: TaskResource): string {
  return `resource "${name}" of type "${type}" is required but has not been bound: add it to ${direction}.resources of the TaskRun with a resourceRef or a resourceSpec`;
}

function refuseUnknown(
  direction: Direction,
  declared: readonly TaskResource[],
  bound: readonly TaskResourceBinding[],
): void {
  const names = declared.map(({ name }) => name);
  const stray = bound.find(({ name }) => !names.includes(name));
  if (!stray) return;
  const known = names.length > 0 ? `its ${direction} are ${goList(names)}` : `it has no ${direction}`;
  throw invalid(direction, `the Task does not declare the resource "${stray.name}": ${known}`);
}

async function bind(
  client: KubeClient,
  namespace: string,
  direction: Direction,
  declaration: TaskResource,
  binding: TaskResourceBinding,
  path: string,
): Promise<BoundResource> {
  const { type } = declaration;
  if (!isKind(type)) {
    const known = goList(RESOURCE_TYPES);
    throw invalid(
      direction,
      `resource "${declaration.name}" has the type "${type}": it must be one of ${known}`,
    );
  }
  const { resourceName, spec } = await find(client, namespace, direction, binding);
  if (spec.type !== type) {
    throw invalid(
      direction,
      `resource "${declaration.name}" should be type "${type}" but was "${spec.type}"`,
    );
  }
  return { declaration: { ...declaration, type }, resourceName, spec, path, copies: binding.paths ?? [] };
}

const isKind = (type: string): type is ResourceKind => RESOURCE_TYPES.some((known) => known === type);

async function find(
  client: KubeClient,
  namespace: string,
  direction: Direction,
  { name, resourceRef, resourceSpec }: TaskResourceBinding,
): Promise<{ resourceName: string; spec: PipelineResourceSpec }> {
  if (resourceRef?.name && resourceSpec) {
    throw invalid(direction, `resource "${name}" has both resourceRef and resourceSpec: leave one`);
  }
  if (resourceSpec) return { resourceName: name, spec: resourceSpec };
  if (!resourceRef?.name) {
    throw invalid(direction, `resource "${name}" has neither resourceRef nor resourceSpec: give one`);
  }
  try {
    const resource = await client.get<PipelineResource>(
      resources.pipelineresources,
      resourceRef.name,
      namespace,
    );
    return { resourceName: resourceRef.name, spec: resource.spec };
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
    throw new RunFailure(
      'TaskRunResolutionFailed',
      `couldn't retrieve referenced ${singular[direction]} PipelineResource "${resourceRef.name}": there is none in namespace ${namespace}; apply it there, or write it into the run as resourceSpec`,
    );
  }
}
