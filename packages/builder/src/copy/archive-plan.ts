import { SlipwayError } from '@slipway/core';
import type { ArchiveMember } from './archive-members.ts';
import { type BytePath, baseName, joinPath, parentPath, pathText } from './byte-path.ts';
import type { LayerPlan } from './layer-plan.ts';
import { type BaseRoot, fileInBase } from './layered-root.ts';

/**
 * Unpacks an archive's members below the destination as docker's ADD does: what is in the way is replaced, folders are
 * merged and take the archive's mode and owner, symlinks on the way are followed inside the root filesystem, `--chown` is
 * for all, `--chmod` for none. Throws ADD_ARCHIVE for a hard link to nothing.
 */
export function planArchive(
  plan: LayerPlan,
  destination: BytePath,
  members: readonly ArchiveMember[],
  rootfs: BaseRoot | undefined,
): void {
  plan.makeFolder(destination, 0o755);
  const place = (path: BytePath): BytePath =>
    joinPath(plan.resolve(joinPath(destination, parentPath(path))), baseName(path));
  for (const { path, entry } of members) {
    const target = place(path);
    const owner = plan.owner(entry.uid, entry.gid);
    if (entry.type !== 'hardlink') {
      plan.replace({ ...entry, ...owner, target });
      continue;
    }
    const link = linkedFile(plan, place(entry.link as BytePath), rootfs);
    if (link !== target) plan.replace({ ...entry, ...owner, target, link });
  }
}

/** The name in the layer that has the content; a file of the base becomes part of the layer. */
function linkedFile(plan: LayerPlan, path: BytePath, rootfs: BaseRoot | undefined): BytePath {
  const planned = plan.planned(path);
  if (planned) return planned.type === 'hardlink' ? (planned.link as BytePath) : path;
  const stat = plan.inBase(path);
  if (stat?.isFile()) {
    plan.put({
      target: path,
      type: 'file',
      mode: Number(stat.mode) & 0o7777,
      uid: Number(stat.uid),
      gid: Number(stat.gid),
      mtimeNs: stat.mtimeNs,
      size: Number(stat.size),
      file: fileInBase(rootfs!, path),
      stamp: stat,
    });
  } else if (rootfs !== undefined) {
    const message = `the archive has a hard link to /${pathText(path)}, which is not there`;
    throw new SlipwayError('invalid', 'ADD_ARCHIVE', message);
  }
  return path;
}
