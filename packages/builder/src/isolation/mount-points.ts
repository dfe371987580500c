import { chmodSync, chownSync, lstatSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BytePath, bytePath, hostPath, joinPath, ROOT_PATH } from '../copy/byte-path.ts';
import { lstatInRoot, resolveInRoot } from '../copy/resolve-in-root.ts';

/** A path that something is mounted on while a RUN runs. */
export interface MountPoint {
  readonly target: string;
  readonly kind: 'folder' | 'file' | 'socket';
}

/** What every RUN has mounted. */
export const STANDARD_MOUNT_POINTS: readonly MountPoint[] = [
  { target: '/dev', kind: 'folder' },
  { target: '/proc', kind: 'folder' },
  { target: '/sys', kind: 'folder' },
  { target: '/etc/hosts', kind: 'file' },
  { target: '/etc/resolv.conf', kind: 'file' },
];

/**
 * Makes the mount points that `root` lacks in `layer`, a folder to be put over it as one more lower layer. So they
 * never are in the upper folder, hence not in the image (docker has its "init layer" for the same reason).
 * Returns whether any was missing.
 */
export function makeMountPoints(root: string, layer: string, points: readonly MountPoint[]): boolean {
  let made = false;
  for (const { target, kind } of points) {
    const path = resolveInRoot(root, bytePath(target));
    if (lstatInRoot(root, path) || isUnderMount(target, points)) continue;
    makeIn(root, layer, path, kind);
    made = true;
  }
  return made;
}

/** A point inside /dev or below another mount is not made here: its folder is not the root filesystem's. */
function isUnderMount(target: string, points: readonly MountPoint[]): boolean {
  return points.some((other) => other.kind === 'folder' && target.startsWith(`${other.target}/`));
}

function makeIn(root: string, layer: string, path: BytePath, kind: MountPoint['kind']): void {
  const parts = path.split('/');
  const last = parts.pop()!;
  let folder: BytePath = ROOT_PATH;
  for (const part of parts) {
    folder = joinPath(folder, part);
    copyFolder(root, layer, folder);
  }
  const file = hostPath(layer, joinPath(folder, last));
  if (kind === 'folder') mkdirSync(file, { recursive: true, mode: 0o755 });
  else writeFileSync(file, '', { mode: 0o644 });
}

/** The upmost layer's folder gives the merged one its mode and owner: they must be those of the root filesystem. */
function copyFolder(root: string, layer: string, path: BytePath): void {
  const target = hostPath(layer, path);
  mkdirSync(target, { recursive: true, mode: 0o755 });
  const stat = lstatInRoot(root, path);
  if (!stat) return;
  chownSync(target, Number(stat.uid), Number(stat.gid));
  chmodSync(target, Number(stat.mode) & 0o7777);
  utimesSync(target, Number(stat.atimeNs) / 1e9, Number(stat.mtimeNs) / 1e9);
}

/** Gives the layer's own top folder the mode and owner of the root. */
export function copyTopFolder(root: string, layer: string): void {
  const stat = lstatSync(join(root, '.'));
  chownSync(layer, stat.uid, stat.gid);
  chmodSync(layer, stat.mode & 0o7777);
}
