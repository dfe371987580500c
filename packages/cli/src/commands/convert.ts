import type { Command } from 'commander';
import { collect } from './options.ts';

export interface ConvertCommandOptions {
  filename: string[];
  output?: string;
  keepGoing?: boolean;
}

export function registerConvert(program: Command): void {
  program
    .command('convert')
    .description('turn tekton.dev/v1alpha1 and v1beta1 YAML, PipelineResources among it, into v1')
    .requiredOption(
      '-f, --filename <file>',
      'a YAML file, a folder of them, or - for standard input; repeatable',
      collect,
    )
    .option('-o, --output <file>', 'write there instead of to standard output')
    .option('--keep-going', 'print what could be converted even if something could not')
    .addHelpText(
      'after',
      '\nGive Tasks, runs and PipelineResources together: a run needs the resources that it names.\n' +
        '\nExamples:\n  slipway convert -f tekton/ -o tekton-v1.yaml\n' +
        '  slipway convert -f task.yaml -f resources.yaml -f run.yaml | kubectl create -f -',
    )
    .action(async (options: ConvertCommandOptions) => {
      const { runConvertCommand } = await import('../convert/convert.ts');
      await runConvertCommand(options);
    });
}
