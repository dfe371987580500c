import type { PipelineResourceSpec, ResourceKind, TaskResource } from '../versions/annotations.ts';

/** A resource of a Task and what a run gives for it. */
export interface BoundResource {
  /** As the Task declares it. */
  readonly declaration: TaskResource & { readonly type: ResourceKind };
  /** The name of the PipelineResource; that of the binding where the resource is written in place. */
  readonly resourceName: string;
  readonly spec: PipelineResourceSpec;
  /** Folder of the resource in every step. */
  readonly path: string;
  /** Folders that the run names: where an input is copied from, an output to. */
  readonly copies: readonly string[];
}

/** The resources of one run. */
export interface TaskResources {
  readonly inputs: readonly BoundResource[];
  readonly outputs: readonly BoundResource[];
  /** Optional ones that the run does not give. */
  readonly absent: readonly AbsentResource[];
}

/** An optional resource that a run does not give. */
export interface AbsentResource {
  readonly direction: 'inputs' | 'outputs';
  readonly declaration: TaskResource;
  readonly path: string;
}

/** A parameter of a PipelineResource, whose name may be written in any case; empty when it has none. */
export function paramOf(spec: PipelineResourceSpec, name: string): string {
  const isNamed = (param: { name: string }): boolean => param.name.toLowerCase() === name.toLowerCase();
  return spec.params?.findLast(isNamed)?.value ?? '';
}
