import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SlipwayError } from '@slipway/core';

const run = promisify(execFile);

/** The checkout that this file belongs to. */
export const CHECKOUT: string = fileURLToPath(new URL('../../../..', import.meta.url));

/** What is bundled: the command lines, and the process that the builder starts. Each stays as deep as its source, so that paths relative to it hold. */
const ENTRIES = [
  'packages/cli/src/main.ts',
  'packages/builder/src/kaniko/main.ts',
  'packages/builder/src/worker.ts',
];

/** CommonJS packages in the bundle call `require`, which modules do not have. */
const REQUIRE =
  "import { createRequire as $require } from 'node:module'; const require = $require(import.meta.url);";

/** Writes all of Slipway below the folder, each entry one module `….mjs`, with the package.json that it reads. Throws SEED_BUNDLE. */
export async function writeBundle(folder: string, signal?: AbortSignal): Promise<void> {
  await cp(join(CHECKOUT, 'package.json'), join(folder, 'package.json'));
  const args = [
    ...ENTRIES,
    ...['--bundle', '--platform=node', '--format=esm', '--target=node24', '--log-level=warning'],
    ...['--outbase=.', `--outdir=${folder}`, '--out-extension:.js=.mjs', `--banner:js=${REQUIRE}`],
  ];
  try {
    await run(join(CHECKOUT, 'node_modules/.bin/esbuild'), args, {
      cwd: CHECKOUT,
      ...(signal && { signal }),
    });
  } catch (error) {
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    const detail = output
      .trim()
      .split('\n')[0]!
      .replace(/^.*\[ERROR\] /, '');
    throw new SlipwayError(
      'internal',
      'SEED_BUNDLE',
      `Slipway could not be bundled for the executor: ${detail}`,
      {
        hint: 'the executor is made from a checkout with its development packages: run npm ci',
        cause: error,
      },
    );
  }
}
