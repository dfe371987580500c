import type { Flag } from './flag.ts';

/** What is kept from one build to the next. */
export const CACHE_FLAGS: readonly Flag[] = [
  {
    name: 'cache',
    type: 'boolean',
    description: 'take results of instructions from the cache and keep new ones there',
  },
  {
    name: 'cache-repo',
    type: 'string',
    description:
      'repository that keeps the cache, or `oci:FOLDER` for a folder as --cache-dir is one; default: `cache` below the first destination',
  },
  { name: 'no-push-cache', type: 'boolean', description: 'take from the cache repository only' },
  {
    name: 'cache-dir',
    type: 'string',
    default: '/cache',
    description: 'folder that keeps base images, unpacked layers and results, where it exists (a volume)',
  },
  {
    name: 'cache-ttl',
    type: 'duration',
    default: '336h0m0s',
    description: 'results in the cache repository that are older are not taken',
  },
  {
    name: 'cache-run-layers',
    type: 'boolean',
    default: 'true',
    description: 'keep the results of RUN in the cache',
  },
  {
    name: 'cache-copy-layers',
    type: 'boolean',
    description: 'keep the results of COPY, ADD and WORKDIR in the cache repository, too',
  },
];
