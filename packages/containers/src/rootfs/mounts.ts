import { resolve } from 'node:path';
import { SlipwayError } from '@slipway/core';
import { isMounted, mountTable } from '../machine/mount-table.ts';
import { mountShell } from './mount-shell.ts';

/** Mounts a tmpfs at an existing folder. Throws MOUNT_FAILED. */
export async function mountTmpfs(
  target: string,
  options: { readonly sizeBytes?: number; readonly mode?: number } = {},
): Promise<void> {
  const { sizeBytes, mode = 0o777 } = options;
  const size = sizeBytes === undefined ? '' : `,size=${sizeBytes}`;
  const text = `nosuid,nodev,mode=${mode.toString(8)}${size}`;
  const command = ['mount', '-i', '-t', 'tmpfs', '-o', text, 'tmpfs', resolve(target)];
  const { exitCode, output } = await mountShell.run(command);
  if (exitCode === 0) return;
  const reason = output.trim().split('\n').at(-1) || `exit status ${exitCode}`;
  throw new SlipwayError('failed', 'MOUNT_FAILED', `cannot mount a tmpfs at ${target}: ${reason}`);
}

/** Unmounts `target`; one that is busy is detached and goes when its last user does. Nothing mounted there is fine. */
export async function unmount(target: string): Promise<void> {
  const { exitCode, output } = await mountShell.run(['umount', '-i', resolve(target)]);
  if (exitCode === 0 || /not mounted|no mount point|not found/i.test(output)) return;
  const lazy = await mountShell.run(['umount', '-i', '-l', resolve(target)]);
  if (lazy.exitCode === 0 || !(await isMounted(target))) return;
  throw new SlipwayError('failed', 'UNMOUNT_FAILED', `cannot unmount ${target}: ${lazy.output.trim()}`);
}

/** Unmounts everything mounted at or under `folder`, the innermost first. */
export async function unmountAll(folder: string): Promise<void> {
  const targets = (await mountTable()).map((entry) => entry.target);
  const inside = targets.filter((target) => target === folder || target.startsWith(`${folder}/`));
  for (const target of inside.reverse()) await unmount(target);
}
