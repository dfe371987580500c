import { checkDockerfile, storePaths, warningLines } from '@slipway/builder';
import { defaultStateDir } from '@slipway/daemon';
import type { ImageBuildOptions } from '../commands/image/build.ts';
import { openSource } from './source.ts';

/** `slipway image build --check`: the warnings, as text or JSON, on standard output; the exit code says whether there are any. */
export async function printCheck(
  context: string,
  options: ImageBuildOptions,
  signal: AbortSignal,
): Promise<void> {
  const { target, buildArg: buildArgs, output, quiet } = options;
  const { scratchDir } = storePaths(options.store ?? options.stateDir ?? defaultStateDir());
  await using source = await openSource(context, options, { scratchDir, signal });
  const { warnings } = await checkDockerfile({
    context: source.context,
    dockerfile: source.dockerfile,
    target,
    buildArgs,
  });
  if (output.includes('json')) {
    process.stdout.write(`${JSON.stringify({ warnings })}\n`);
  } else if (!quiet) {
    const found = warnings.length === 1 ? '1 warning' : `${warnings.length} warnings`;
    const lines = warnings.flatMap(({ rule, message, place }) => [
      ...warningLines({ rule, text: message, place }),
      '',
    ]);
    const summary = warnings.length === 0 ? 'check complete, no warnings found' : `check complete, ${found}`;
    process.stdout.write(`${[...lines, summary].join('\n')}\n`);
  }
  if (warnings.length > 0) process.exitCode = 1;
}
