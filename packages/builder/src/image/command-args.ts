import type { CommandLine } from '@slipway/dockerfile';
import { defaultsOf, type StageState } from './stage-state.ts';

const DEFAULT_SHELL = ['/bin/sh', '-c'] as const;

/** The stage's shell: the last SHELL, or `/bin/sh -c`. */
export function shellOf(state: StageState): readonly string[] {
  return defaultsOf(state).Shell ?? DEFAULT_SHELL;
}

/** The argument list of CMD and ENTRYPOINT: the JSON array, or the line given to the stage's shell. */
export function commandArgs(state: StageState, command: CommandLine): string[] {
  return command.form === 'exec' ? [...command.args] : [...shellOf(state), command.line];
}

/** A list as Go's `%q` prints it, which is how docker writes commands into the history: `["/bin/sh" "-c" "x"]`. */
export function goQuotedList(items: readonly string[]): string {
  return `[${items.map((item) => JSON.stringify(item)).join(' ')}]`;
}
