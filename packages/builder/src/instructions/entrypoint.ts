import { commandArgs, goQuotedList } from '../image/command-args.ts';
import { recordEmpty, withDefaults } from '../image/stage-state.ts';
import type { MetadataHandler } from './instruction-handler.ts';

/** ENTRYPOINT: a CMD that the base image had does not fit the new program, and is forgotten. */
export const applyEntrypoint: MetadataHandler<'entrypoint'> = (state, instruction, { created }) => {
  const args = commandArgs(state, instruction.command);
  const next = withDefaults(state, { Entrypoint: args, ...(state.hasOwnCmd ? {} : { Cmd: null }) });
  return recordEmpty(next, `ENTRYPOINT ${goQuotedList(args)}`, created);
};
