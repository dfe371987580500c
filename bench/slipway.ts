import { execFile, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = dirname(import.meta.dirname);
const program = join(root, 'bin/slipway.js');

/** Runs the CLI as a user does, and returns what it printed. */
export async function slipway(...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [program, ...args], { maxBuffer: 1 << 26 });
  return stdout;
}

/** Runs the CLI under the system's Node when there is one: the way `npx slipway` starts. */
export function startSlipway(args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { stdio: 'ignore' });
    child.once('error', reject).once('exit', (code) => resolve(code ?? 1));
  });
}
