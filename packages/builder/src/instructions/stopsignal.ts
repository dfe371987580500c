import { requireSignal } from '@slipway/dockerfile';
import { recordEmpty, withDefaults } from '../image/stage-state.ts';
import type { MetadataHandler } from './instruction-handler.ts';

/** STOPSIGNAL: the signal that asks a container to end. */
export const applyStopsignal: MetadataHandler<'stopsignal'> = (state, { signal, place }, { created }) => {
  requireSignal(signal, place);
  return recordEmpty(withDefaults(state, { StopSignal: signal }), `STOPSIGNAL ${signal}`, created);
};
