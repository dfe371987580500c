import type { Command } from 'commander';
import { parseAge, parseSize } from '../../image/quantities.ts';
import { ranInNamespace } from '../in-namespace.ts';
import { outputOption, stateDirOption } from '../options.ts';

export interface ImageCacheOptions {
  stateDir?: string;
  store?: string;
  output: 'text' | 'json';
}

export interface ImageCachePruneOptions extends ImageCacheOptions {
  olderThan?: number;
  keepStorage?: number;
  all?: boolean;
  dryRun?: boolean;
}

const STORE_HELP = 'where content, layers and cache are kept (default: in the state folder)';

export function registerImageCache(image: Command): void {
  const cache = image
    .command('cache')
    .description('what builds keep: results of instructions, unpacked layers, folders of --mount=type=cache');
  cache
    .command('ls')
    .description('list what is in the cache, most recently used first')
    .option('--store <folder>', STORE_HELP)
    .addOption(stateDirOption())
    .addOption(outputOption())
    .action(async (options: ImageCacheOptions) => {
      if (await ranInNamespace(options)) return;
      const { printCache } = await import('../../image/cache.ts');
      await printCache(options);
    });
  cache
    .command('prune')
    .description('free what was not used for a week, or what the options say; builds may run meanwhile')
    .option('--older-than <age>', 'what was not used for so long: 7d, 12h', parseAge)
    .option('--keep-storage <size>', 'stop when no more than this is left: 5GB', parseSize)
    .option('-a, --all', 'everything that no running build and no container uses')
    .option('--dry-run', 'say what would go, and remove nothing')
    .option('--store <folder>', STORE_HELP)
    .addOption(stateDirOption())
    .addOption(outputOption())
    .action(async (options: ImageCachePruneOptions) => {
      if (await ranInNamespace(options)) return;
      const { pruneAndPrint } = await import('../../image/cache.ts');
      await pruneAndPrint(options);
    });
}
