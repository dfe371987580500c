import type { Container } from '@slipway/kube';
import type { ImageConfig } from '@slipway/oci';
import { expandVariables } from '../environment/expand.ts';
import { ConfigProblem } from './config-problem.ts';

/** What a container that belongs to a step or its sidecar runs otherwise. */
export interface CommandOfStep {
  readonly isStep?: boolean;
  /** Path in the container of the script that runs instead of any command. */
  readonly script?: string | undefined;
}

/**
 * The program and arguments of a container: `command` replaces the image's entrypoint and its arguments, `args` only the
 * arguments. A script of a step comes before all of them. A step's `args` follow the image's `Cmd` where that is all it
 * has (tektoncd/pipeline pkg/pod/entrypoint_lookup_impl.go): `args: [-c, …]` of busybox runs `sh -c …`.
 */
export function containerCommand(
  container: Container,
  image: ImageConfig,
  variables: ReadonlyMap<string, string>,
  { isStep = false, script }: CommandOfStep = {},
): string[] {
  const expand = (list: readonly string[] | null | undefined): string[] =>
    (list ?? []).map((text) => expandVariables(text, variables));
  const args = expand(container.args);
  if (script !== undefined) return [script, ...args];
  const command = expand(container.command);
  if (command.length > 0) return [...command, ...args];
  const { Entrypoint, Cmd } = image.config ?? {};
  const entrypoint = Entrypoint ?? [];
  const keepsCmd = args.length === 0 || (isStep && entrypoint.length === 0);
  const all = [...entrypoint, ...(keepsCmd ? (Cmd ?? []) : []), ...args];
  if (all.length === 0)
    throw new ConfigProblem(`container "${container.name}": no command specified, and the image has none`);
  return all;
}
