import { recordEmpty } from '../image/stage-state.ts';
import type { MetadataHandler } from './instruction-handler.ts';

/** MAINTAINER: the image's author. */
export const applyMaintainer: MetadataHandler<'maintainer'> = (state, { name }, { created }) =>
  recordEmpty({ ...state, config: { ...state.config, author: name } }, `MAINTAINER ${name}`, created);
