import type { Command } from 'commander';
import { registerImageBuild } from './image/build.ts';
import { registerImageCache } from './image/cache.ts';

export function registerImage(program: Command): void {
  const image = program
    .command('image')
    .description('build images without a control plane, look after the cache that this fills');
  registerImageBuild(image);
  registerImageCache(image);
}
