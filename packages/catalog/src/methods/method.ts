import type { Param, WorkspaceBinding } from '@slipway/kube';
import type { BuildRequest } from '../build-request.ts';

/** A way to build an image: a Task of the catalog, and how a request becomes a run of it. */
export interface BuildMethod {
  readonly name: string;
  readonly description: string;
  /** The Task's name in the catalog. */
  readonly task: string;
  /** The strictest Pod Security level that admits it. */
  readonly podSecurity: 'privileged' | 'baseline' | 'restricted';
  params(request: BuildRequest): Param[];
  workspaces(request: BuildRequest): WorkspaceBinding[];
}

/** The name of the claim that keeps the caches of a namespace's builds. */
export const CACHE_CLAIM = 'slipway-build-cache';
