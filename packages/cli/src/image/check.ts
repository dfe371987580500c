import { resolve } from 'node:path';
import { checkDockerfile, warningLines } from '@slipway/builder';
import type { ImageBuildOptions } from '../commands/image/build.ts';

/** `slipway image build --check`: the warnings, as text or JSON, on standard output; the exit code says whether there are any. */
export async function printCheck(context: string, options: ImageBuildOptions): Promise<void> {
  const { file, target, buildArg: buildArgs, output, quiet } = options;
  const { warnings } = await checkDockerfile({
    context: resolve(context),
    ...(file !== undefined && { dockerfile: { path: resolve(file) } }),
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
