import { reexecInUserNamespace } from '@slipway/containers';

/**
 * An ordinary user may not mount or map ids, so the whole program runs again as root of its own user and mount
 * namespace (the way rootless Docker and Podman work). True when that happened: the work is done and
 * `process.exitCode` says how it went. False where this process may do the work itself.
 */
export async function enterNamespace(): Promise<boolean> {
  if (process.geteuid?.() === 0) return false;
  const argv = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  process.exitCode = await reexecInUserNamespace({ argv, stdio: 'inherit' });
  return true;
}
