import type { Command } from 'commander';

export function registerSource(program: Command): void {
  const source = program
    .command('source', { hidden: true })
    .description('used by the steps of our Tasks: sources packed as an OCI artifact');
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
}
