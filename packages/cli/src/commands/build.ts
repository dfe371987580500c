import type { Policy } from '@slipway/daemon';
import { type Command, Option } from 'commander';
import { ranInNamespace } from './in-namespace.ts';
import { collectPairs, outputOption, policyOption, stateDirOption } from './options.ts';

export interface BuildCommandOptions {
  to: string;
  revision?: string;
  file?: string;
  buildArg?: Record<string, string>;
  target?: string;
  method: string;
  dockerSocket?: string;
  namespace?: string;
  context?: string;
  policy?: Policy;
  stateDir?: string;
  output: 'text' | 'json';
}

/** The names of the catalog's methods, here so that `--help` need not load it; `all` runs each of them. */
export const METHODS: readonly string[] = ['native', 'kaniko', 'buildah', 'docker', 'all'];

export function registerBuild(program: Command): void {
  program
    .command('build')
    .description('build an image from Git or a folder with a Tekton TaskRun, and push it')
    .argument('<source>', 'a Git URL, or a folder (sent as it is, uncommitted changes included)')
    .requiredOption('-t, --to <reference>', 'where to push; without a registry: the embedded one')
    .option('-r, --revision <revision>', 'branch, tag or commit (default: the branch that HEAD names)')
    .option('-f, --dockerfile <file>', 'path of the Dockerfile in the source (default: Dockerfile)')
    .option('--build-arg <key=value>', 'value of an ARG; repeatable', collectPairs)
    .option('--target <stage>', 'stage to build (default: the last one)')
    .addOption(
      new Option('-m, --method <method>', 'how to build; all: each in turn, and a table of how they did')
        .choices(METHODS)
        .default('native'),
    )
    .option(
      '--docker-socket <path>',
      'socket of the Docker daemon for --method docker (default: where DOCKER_HOST says, or /var/run/docker.sock)',
    )
    .option(
      '-n, --namespace <namespace>',
      'namespace of the TaskRun (default: the image’s first path component)',
    )
    .option('--context <name>', 'context of your kubeconfig: run on that cluster')
    .addOption(policyOption())
    .addOption(stateDirOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      `\nExamples:\n  slipway build https://example.org/app.git --to demo/app:1.0\n  slipway build . --to demo/app\n  slipway build . --to demo/app:1 --method all    pushes demo/app:1-native, demo/app:1-kaniko, …`,
    )
    .action(async (source: string, options: BuildCommandOptions & { dockerfile?: string }) => {
      if (options.context === undefined && (await ranInNamespace(options))) return;
      const { runBuildCommand } = await import('../build/build.ts');
      const { dockerfile, ...rest } = options;
      await runBuildCommand(source, { ...rest, ...(dockerfile !== undefined && { file: dockerfile }) });
    });
}
