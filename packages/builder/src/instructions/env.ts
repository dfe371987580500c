import { recordEmpty, withDefaults } from '../image/stage-state.ts';
import type { MetadataHandler } from './instruction-handler.ts';

/** ENV: variables of the containers and of the instructions below. */
export const applyEnv: MetadataHandler<'env'> = (state, { pairs }, { scope, created }) => {
  for (const { key, value } of pairs) scope.setEnv(key, value);
  const env = [...scope.env].map(([name, value]) => `${name}=${value}`);
  const text = pairs.map(({ key, value }) => `${key}=${value}`).join(' ');
  return recordEmpty(withDefaults(state, { Env: env }), `ENV ${text}`, created);
};
