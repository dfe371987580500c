import type { Param, ParamValue, Task, WorkspaceBinding } from '@slipway/kube';
import type { BuildRequest } from '../build-request.ts';

/** A way to build an image: a Task of the catalog, and how a request becomes a run of it. */
export interface BuildMethod {
  readonly name: string;
  readonly description: string;
  /** The Task's name in the catalog. */
  readonly task: string;
  /** The strictest Pod Security level that admits it. */
  readonly podSecurity: 'privileged' | 'baseline' | 'restricted';
  /** The least of OpenShift's own SecurityContextConstraints that admits it. */
  readonly scc: string;
  /** What its build step has that a restricted pod has not, in a few words. */
  readonly privileges: string;
  /** Whether a daemon outside of the pod does the work: its memory is not the pod's. */
  readonly daemon?: boolean;
  /** The repositories whose images its steps run in, beside the executor. */
  readonly stepImages: readonly string[];
  params(request: BuildRequest): Param[];
  workspaces(request: BuildRequest): WorkspaceBinding[];
  /** The Task as this request needs it, where that is more than params can say. */
  adapt?(task: Task, request: BuildRequest): Task;
}

/** The name of the claim that keeps the caches of a namespace's builds. */
export const CACHE_CLAIM = 'slipway-build-cache';

/** What all Tasks of the catalog are asked for in the same words. */
export function commonParams({ source, target, buildArgs = {} }: BuildRequest): GivenParam[] {
  const args = Object.entries(buildArgs).map(([key, value]) => `${key}=${value}`);
  return [
    ['URL', 'url' in source ? source.url : undefined],
    ['REVISION', 'url' in source ? source.revision : undefined],
    ['SOURCE_BUNDLE', 'bundle' in source ? source.bundle : undefined],
    ['TARGET', target],
    ['BUILD_ARGS', args.length > 0 ? args : undefined],
  ];
}

export type GivenParam = readonly [name: string, value: ParamValue | undefined];

/** The params that have a value; the Task's defaults are for the others. */
export function givenParams(given: readonly GivenParam[]): Param[] {
  return given.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
}
