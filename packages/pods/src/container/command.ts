import type { Container } from '@slipway/kube';
import type { ImageConfig } from '@slipway/oci';
import { expandVariables } from '../environment/expand.ts';
import { ConfigProblem } from './config-problem.ts';

/**
 * The program and arguments of a container: `command` replaces the image's entrypoint and its arguments, `args` only the
 * arguments. A script of a step comes before all of them.
 */
export function containerCommand(
  container: Container,
  image: ImageConfig,
  variables: ReadonlyMap<string, string>,
  script?: string,
): string[] {
  const expand = (list: readonly string[] | null | undefined): string[] =>
    (list ?? []).map((text) => expandVariables(text, variables));
  const args = expand(container.args);
  if (script !== undefined) return [script, ...args];
  const command = expand(container.command);
  const { Entrypoint, Cmd } = image.config ?? {};
  if (command.length > 0) return [...command, ...args];
  const all = [...(Entrypoint ?? []), ...(args.length > 0 ? args : (Cmd ?? []))];
  if (all.length === 0)
    throw new ConfigProblem(`container "${container.name}": no command specified, and the image has none`);
  return all;
}
