import { commandLine } from '../command-line.ts';
import { readFlags } from '../flags.ts';
import type { CmdInstruction } from '../instruction.ts';
import type { Source } from '../statement.ts';

/** `CMD`: what the container runs, or the arguments of its entrypoint. */
export function parseCmd(source: Source): CmdInstruction {
  readFlags(source, {});
  return { kind: 'cmd', ...source.base, command: commandLine(source) };
}
