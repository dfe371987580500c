import { execFile } from 'node:child_process';
import { readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const DEVICES = '/sys/class/net';

/**
 * Whether a new network namespace may have a /sys of its own, which shows its devices only. The kernel refuses it where the
 * place's is partly covered (mount_too_revealing), as in a pod. `folder`: an empty one to try it on.
 */
export async function takesOwnSysfs(folder: string): Promise<boolean> {
  const mount = ['mount', '-i', '-t', 'sysfs', '-o', 'ro,nosuid,nodev,noexec', 'sysfs', folder];
  return await execute('unshare', ['--net', '--mount', '--', ...mount]).then(
    () => true,
    () => false,
  );
}

/** The folders of /sys that tell of this machine's network devices, whichever way one comes to them. */
export function networkFolders(folder: string = DEVICES): string[] {
  const names = listed(folder);
  const homes = names.map((name) => dirname(realpathSync(join(folder, name))));
  return [...new Set([folder, ...homes])].sort();
}

function listed(folder: string): string[] {
  try {
    // Next to the devices bonding has a file here, which is no link to anywhere.
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isSymbolicLink())
      .map(({ name }) => name);
  } catch {
    return []; // A place without /sys has nothing to hide.
  }
}
