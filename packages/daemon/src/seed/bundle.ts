import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SlipwayError } from '@slipway/core';

const run = promisify(execFile);

/** The checkout that this file belongs to. */
export const CHECKOUT: string = fileURLToPath(new URL('../../../..', import.meta.url));

/** Writes all of Slipway below the folder: `bundle/<program>.mjs`, and the package.json that it reads. Throws SEED_BUNDLE. */
export async function writeBundle(folder: string, signal?: AbortSignal): Promise<void> {
  try {
    await run(process.execPath, [join(CHECKOUT, 'tools/bundle.js'), folder], signal ? { signal } : {});
  } catch (error) {
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    const lines = output.trim().split('\n');
    const detail = lines.find((line) => /error/i.test(line)) ?? lines[0]!;
    throw new SlipwayError(
      'internal',
      'SEED_BUNDLE',
      `Slipway could not be bundled for the executor: ${detail.replace(/^.*?(\[ERROR\]|Error:) /, '')}`,
      {
        hint: 'the executor is made from a checkout with its development packages: run npm ci',
        cause: error,
      },
    );
  }
}
