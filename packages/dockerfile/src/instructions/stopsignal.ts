import { readFlags } from '../flags.ts';
import type { StopsignalInstruction } from '../instruction.ts';
import type { Source } from '../statement.ts';
import { oneArgument } from './arguments.ts';

/** `STOPSIGNAL <name or number>`. */
export function parseStopsignal(source: Source): StopsignalInstruction {
  readFlags(source, {});
  return { kind: 'stopsignal', ...source.base, signal: oneArgument(source, 'SIGTERM') };
}
