import type { Policy } from '@slipway/daemon';
import type { Command } from 'commander';
import { ranInNamespace } from './in-namespace.ts';
import { collect, collectPairs, outputOption, policyOption, stateDirOption } from './options.ts';

export interface RunCommandOptions {
  filename: string[];
  param?: Record<string, string>;
  workspace?: string[];
  serviceaccount?: string;
  namespace?: string;
  context?: string;
  policy?: Policy;
  stateDir?: string;
  output: 'text' | 'json';
}

export function registerRun(program: Command): void {
  program
    .command('run')
    .description('apply YAML and run the Tasks, Pipelines and runs found in it, following their logs')
    .requiredOption('-f, --filename <file>', 'a YAML file, or - for standard input; repeatable', collect)
    .option(
      '-p, --param <name=value>',
      'parameter of the Task or Pipeline; repeatable; a,b makes an array where one is declared',
      collectPairs,
    )
    .option(
      '-w, --workspace <binding>',
      'workspace: name=x,emptyDir= | name=x,claimName=c[,subPath=p] | name=x,config=c | name=x,secret=s; repeatable',
      collect,
    )
    .option('-s, --serviceaccount <name>', 'ServiceAccount of the run')
    .option('-n, --namespace <namespace>', 'namespace of objects that name none')
    .option('--context <name>', 'context of your kubeconfig: run on that cluster')
    .addOption(policyOption())
    .addOption(stateDirOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      `\nExamples:\n  slipway run -f task.yaml -p message=hello\n  slipway run -f pipeline.yaml -w name=source,emptyDir=\n  kubectl get task t -o yaml | slipway run -f -`,
    )
    .action(async (options: RunCommandOptions) => {
      if (options.context === undefined && (await ranInNamespace(options))) return;
      const { runRunCommand } = await import('../run/run.ts');
      await runRunCommand(options);
    });
}
