import { homedir } from 'node:os';
import { reexecInUserNamespace } from '@slipway/containers';
import { defaultStateDir, stateFolder } from './state-folder.ts';

/**
 * An ordinary user may not mount or map ids, so the whole program runs again as root of its own user and mount
 * namespace (the way rootless Docker and Podman work), or of the one where containers of this state folder still run. True
 * when that happened: the work is done and `process.exitCode` says how it went. False where this process may do the work.
 */
export async function enterNamespace(stateDir: string = defaultStateDir()): Promise<boolean> {
  if (process.geteuid?.() === 0) return false;
  const { PodRunner } = await import('@slipway/pods');
  process.exitCode = await reexecInUserNamespace({
    argv: [process.execPath, ...process.execArgv, ...process.argv.slice(1)],
    // As root of the namespace, the home folder that the system knows would be /root.
    env: { ...process.env, HOME: homedir() },
    stdio: 'inherit',
    join: await PodRunner.namespaceHolder(stateFolder(stateDir).pods),
  });
  return true;
}

/** What to do where a namespace of ours holds one user id only. */
export const MORE_IDS_HINT =
  'give yourself ids as root: apt-get install uidmap, usermod --add-subuids 100000-165535 --add-subgids 100000-165535 <you>';
