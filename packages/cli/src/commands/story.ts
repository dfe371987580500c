import type { Command } from 'commander';
import { ranInNamespace } from './in-namespace.ts';
import { stateDirOption } from './options.ts';

export function registerStory(program: Command): void {
  program
    .command('story')
    .description(
      'an engineer’s day with Tekton v1alpha1 played on this machine: kaniko, buildah and docker from the old YAML, and the same in v1',
    )
    .option('--tasks <folder>', 'other task-{kaniko,buildah,docker}.yaml and Dockerfiles than the examples')
    .addOption(stateDirOption())
    .action(async (options: { tasks?: string; stateDir?: string }) => {
      if (await ranInNamespace(options)) return;
      const { runStory } = await import('../story/story.ts');
      await runStory(options);
    });
}
