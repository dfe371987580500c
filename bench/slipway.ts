import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = dirname(import.meta.dirname);
const program = join(root, 'bin/slipway.js');

/** Runs the CLI as `npx slipway` does (npx puts Node 24 of the checkout first), and returns what it printed. */
export async function slipway(...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [program, ...args], { maxBuffer: 1 << 26 });
  return stdout;
}
