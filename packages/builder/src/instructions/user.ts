import { recordEmpty, withDefaults } from '../image/stage-state.ts';
import type { MetadataHandler } from './instruction-handler.ts';

/** USER: who runs the containers and the RUNs below; looked up only when a program runs. */
export const applyUser: MetadataHandler<'user'> = (state, { user }, { created }) =>
  recordEmpty(withDefaults(state, { User: user }), `USER ${user}`, created);
