import { commandLine } from '../command-line.ts';
import { readFlags } from '../flags.ts';
import type { EntrypointInstruction } from '../instruction.ts';
import type { Source } from '../statement.ts';

/** `ENTRYPOINT`: what the container always runs. */
export function parseEntrypoint(source: Source): EntrypointInstruction {
  readFlags(source, {});
  return { kind: 'entrypoint', ...source.base, command: commandLine(source) };
}
