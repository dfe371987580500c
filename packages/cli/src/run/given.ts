import type { Param, ParamSpec, WorkspaceBinding } from '@slipway/kube';
import type { RunCommandOptions } from '../commands/run.ts';
import { merged, paramsOf } from './params.ts';
import { parseWorkspaceBinding } from './workspace-binding.ts';

/** What the command line may give a run. */
export type GivenOptions = Pick<RunCommandOptions, 'param' | 'workspace' | 'serviceaccount'>;

interface Inputs {
  readonly params?: Param[];
  readonly workspaces?: WorkspaceBinding[];
}

/** The params and workspaces of a run's spec with those of the command line, each only where there is any. */
export function givenSpec(
  own: Inputs | undefined,
  options: GivenOptions,
  declared: readonly ParamSpec[] | undefined,
): Inputs {
  const params = merged(own?.params, paramsOf(options.param, declared));
  const workspaces = merged(own?.workspaces, (options.workspace ?? []).map(parseWorkspaceBinding));
  return { ...(params.length > 0 && { params }), ...(workspaces.length > 0 && { workspaces }) };
}
