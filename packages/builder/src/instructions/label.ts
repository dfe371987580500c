import { defaultsOf, recordEmpty, withDefaults } from '../image/stage-state.ts';
import type { MetadataHandler } from './instruction-handler.ts';

/** LABEL: added to those of the base image. */
export const applyLabel: MetadataHandler<'label'> = (state, { pairs }, { created }) => {
  const labels = {
    ...defaultsOf(state).Labels,
    ...Object.fromEntries(pairs.map(({ key, value }) => [key, value])),
  };
  const text = pairs.map(({ key, value }) => `${key}=${value}`).join(' ');
  return recordEmpty(withDefaults(state, { Labels: labels }), `LABEL ${text}`, created);
};
