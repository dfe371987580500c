import { recordEmpty, withDefaults } from '../image/stage-state.ts';
import type { MetadataHandler } from './instruction-handler.ts';

/** SHELL: what runs the shell forms below, here and in images built on this one. */
export const applyShell: MetadataHandler<'shell'> = (state, { shell }, { created }) =>
  recordEmpty(withDefaults(state, { Shell: shell }), `SHELL [${shell.join(' ')}]`, created);
