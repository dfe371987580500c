import { readFlags } from '../flags.ts';
import type { WorkdirInstruction } from '../instruction.ts';
import type { Source } from '../statement.ts';
import { oneArgument } from './arguments.ts';

/** `WORKDIR <path>`: relative to the one before. */
export function parseWorkdir(source: Source): WorkdirInstruction {
  readFlags(source, {});
  return { kind: 'workdir', ...source.base, path: oneArgument(source, '/app') };
}
