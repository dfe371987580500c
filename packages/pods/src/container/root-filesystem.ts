import { chmod, mkdir, rm } from 'node:fs/promises';
import { isMounted, mountOverlay, unmount } from '@slipway/containers';
import type { Sandbox } from '../sandbox/sandbox.ts';

/** Mounts a fresh root filesystem for a container: the image's layers, and a folder of its own for changes on top. */
export async function mountRoot(
  sandbox: Sandbox,
  container: string,
  lower: readonly string[],
): Promise<string> {
  await unmountRoot(sandbox, container);
  const [upper, work, target] = ['upper', 'work', 'rootfs'].map((name) => sandbox.container(container, name));
  for (const folder of [upper!, work!, target!]) await mkdir(folder, { recursive: true });
  await chmod(upper!, 0o755); // it lends its mode to the container's /
  await mountOverlay({ lower, upper: upper!, work: work!, target: target!, volatile: true });
  return target!;
}

/** Unmounts and removes what `mountRoot` made, if it did. */
export async function unmountRoot(sandbox: Sandbox, container: string): Promise<void> {
  const target = sandbox.container(container, 'rootfs');
  if (await isMounted(target)) await unmount(target);
  for (const name of ['upper', 'work', 'rootfs']) {
    await rm(sandbox.container(container, name), { recursive: true, force: true });
  }
}
