import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Runtime } from '@slipway/containers';

const execute = promisify(execFile);

/** Ends the containers that a killed build left running; their state is in its scratch folder. */
export async function releaseContainers(runtime: Runtime, scratchFolder: string): Promise<void> {
  const stateRoot = join(scratchFolder, 'containers');
  for (const id of await readdir(stateRoot).catch(() => [])) {
    // A container that ended on its own, or whose state is half written, needs no ending.
    await execute(runtime.path, ['--root', stateRoot, 'delete', '--force', id]).catch(() => undefined);
  }
}
