import { SlipwayError } from '@slipway/core';
import { isMounted, mountTable } from '../machine/mount-table.ts';
import { execute, executeOrThrow } from '../process/execute.ts';

/** Mounts a tmpfs at an existing folder. Throws MOUNT_FAILED. */
export async function mountTmpfs(
  target: string,
  options: { readonly sizeBytes?: number; readonly mode?: number } = {},
): Promise<void> {
  const { sizeBytes, mode = 0o777 } = options;
  const size = sizeBytes === undefined ? '' : `,size=${sizeBytes}`;
  const text = `nosuid,nodev,mode=${mode.toString(8)}${size}`;
  await executeOrThrow('mount', ['-i', '-t', 'tmpfs', '-o', text, 'tmpfs', target], {
    code: 'MOUNT_FAILED',
    what: `cannot mount a tmpfs at ${target}`,
  });
}

/** Unmounts `target`; one that is busy is detached and goes when its last user does. Nothing mounted there is fine. */
export async function unmount(target: string): Promise<void> {
  const { exitCode, stderr } = await execute('umount', ['-i', target]);
  if (exitCode === 0 || /not mounted|no mount point|not found/i.test(stderr)) return;
  const lazy = await execute('umount', ['-i', '-l', target]);
  if (lazy.exitCode === 0 || !(await isMounted(target))) return;
  throw new SlipwayError('failed', 'UNMOUNT_FAILED', `cannot unmount ${target}: ${lazy.stderr.trim()}`);
}

/** Unmounts everything mounted at or under `folder`, the innermost first. */
export async function unmountAll(folder: string): Promise<void> {
  const targets = (await mountTable()).map((entry) => entry.target);
  const inside = targets.filter((target) => target === folder || target.startsWith(`${folder}/`));
  for (const target of inside.reverse()) await unmount(target);
}
