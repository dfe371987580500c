import { defaultsOf, recordEmpty, withDefaults } from '../image/stage-state.ts';
import type { MetadataHandler } from './instruction-handler.ts';

/** VOLUME: folders that a container keeps outside its root filesystem. */
export const applyVolume: MetadataHandler<'volume'> = (state, { paths }, { created }) => {
  const volumes = { ...defaultsOf(state).Volumes, ...Object.fromEntries(paths.map((path) => [path, {}])) };
  return recordEmpty(withDefaults(state, { Volumes: volumes }), `VOLUME [${paths.join(' ')}]`, created);
};
