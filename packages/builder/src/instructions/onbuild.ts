import { defaultsOf, withDefaults } from '../image/stage-state.ts';
import type { MetadataHandler } from './instruction-handler.ts';

/** ONBUILD: an instruction for the image that builds on this one; docker writes no history for it. */
export const applyOnbuild: MetadataHandler<'onbuild'> = (state, { trigger }) =>
  withDefaults(state, { OnBuild: [...(defaultsOf(state).OnBuild ?? []), trigger] });
