import { recordEmpty } from '../image/stage-state.ts';
import type { MetadataHandler } from './instruction-handler.ts';

/** ARG: variables of the instructions below that the image does not keep. */
export const applyArg: MetadataHandler<'arg'> = (state, instruction, { scope, created }) => {
  const declared = scope.declare(instruction);
  const text = declared.map(({ name, value }) => (value === undefined ? name : `${name}=${value}`)).join(' ');
  return recordEmpty({ ...state, args: [...state.args, ...declared] }, `ARG ${text}`, created);
};
