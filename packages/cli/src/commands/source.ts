import type { Command } from 'commander';
import { collectPairs } from './options.ts';

export function registerSource(program: Command): void {
  const source = program
    .command('source', { hidden: true })
    .description('used by the steps of our Tasks: packed sources, and what Dockerfiles build on');
  source
    .command('unpack')
    .description('unpack the folder that "slipway build <folder>" has sent')
    .argument('<reference>', 'the artifact, by digest')
    .argument('<folder>', 'where to unpack it')
    .action(async (reference: string, folder: string) => {
      const { unpackSource } = await import('../build/source-bundle.ts');
      const { podRegistryClient } = await import('../build/registry.ts');
      await unpackSource(reference, folder, await podRegistryClient());
    });
  source
    .command('base-images')
    .description('print the images that a Dockerfile builds on, each as it is written and in full')
    .argument('<dockerfile>')
    .option('--build-arg <key=value>', 'value of an ARG; repeatable', collectPairs)
    .action(async (dockerfile: string, options: { buildArg?: Record<string, string> }) => {
      const { printBaseImages } = await import('../build/base-images.ts');
      await printBaseImages(dockerfile, options.buildArg);
    });
}
