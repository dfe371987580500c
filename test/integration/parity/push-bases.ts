import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { busyboxPath, type Workbench } from '../builder/workbench.ts';

/** Builds the images that the cases are FROM into the workbench's registry. */
export async function pushBases(bench: Workbench): Promise<void> {
  const context = bench.context({});
  cpSync(join(import.meta.dirname, 'base'), context, { recursive: true });
  cpSync(busyboxPath(), join(context, 'busybox'));
  copyProgram('setfattr', join(context, 'programs'));
  for (const target of ['base', 'triggers'])
    await bench.build(context, { destinations: [`${bench.registry}/library/${target}:1`], target });
}

/** With the libraries that it needs. */
function copyProgram(name: string, folder: string): void {
  mkdirSync(folder);
  const script = 'cp -L --parents $(ldd $(command -v "$0") | grep -o "/[^ ]*") $(command -v "$0") "$1"';
  const { status, stderr } = spawnSync('sh', ['-euc', script, name, folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}
