import { CACHE_FLAGS } from './cache-flags.ts';
import type { Flag } from './flag.ts';
import { OUTPUT_FLAGS } from './output-flags.ts';
import { POINTLESS_FLAGS, PROGRAM_FLAGS } from './program-flags.ts';
import { REGISTRY_FLAGS } from './registry-flags.ts';
import { SOURCE_FLAGS } from './source-flags.ts';

/** Flags with a common purpose. */
export interface FlagGroup {
  readonly title: string;
  readonly flags: readonly Flag[];
}

/** All flags of the executor, in the order of the help. */
export const FLAG_GROUPS: readonly FlagGroup[] = [
  { title: 'What is built', flags: SOURCE_FLAGS },
  { title: 'Where it goes', flags: OUTPUT_FLAGS },
  { title: 'Registries', flags: REGISTRY_FLAGS },
  { title: 'Cache', flags: CACHE_FLAGS },
  { title: 'The program', flags: PROGRAM_FLAGS },
  { title: 'Accepted without effect', flags: POINTLESS_FLAGS },
];

export const FLAGS: readonly Flag[] = FLAG_GROUPS.flatMap(({ flags }) => flags);
