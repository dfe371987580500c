import { commandArgs, goQuotedList } from '../image/command-args.ts';
import { recordEmpty, withDefaults } from '../image/stage-state.ts';
import type { MetadataHandler } from './instruction-handler.ts';

/** CMD: the default arguments of a container. */
export const applyCmd: MetadataHandler<'cmd'> = (state, instruction, { created }) => {
  const args = commandArgs(state, instruction.command);
  const next = withDefaults(state, { Cmd: args, ArgsEscaped: true });
  return recordEmpty({ ...next, hasOwnCmd: true }, `CMD ${goQuotedList(args)}`, created);
};
