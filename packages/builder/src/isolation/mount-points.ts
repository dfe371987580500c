import { chmodSync, chownSync, lstatSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BytePath, bytePath, hostPath, joinPath, parentPath, ROOT_PATH } from '../copy/byte-path.ts';
import { lstatInRoot, resolveInRoot } from '../copy/resolve-in-root.ts';

/** A path that something is mounted on while a RUN runs. */
export interface MountPoint {
  readonly target: string;
  readonly kind: 'folder' | 'file' | 'socket';
  /** A folder in memory is made with this mode, since the runtime gives it that of its mount point. Default 755. */
  readonly mode?: number | undefined;
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
 * Makes the points in `layer`, a folder to be put below all layers of a root filesystem: what the root has hides them, and what
 * it lacks is there without ever being in the upper folder, hence not in the image (docker has its "init layer" for the same
 * reason). Behind a link, a whiteout or an opaque folder of the root they are not seen: see `missingMountPoints`.
 */
export function makeMountPoints(layer: string, points: readonly MountPoint[]): void {
  for (const { target, kind, mode } of points) {
    if (isUnderMount(target, points)) continue;
    const path = bytePath(target);
    try {
      mkdirSync(hostPath(layer, parentPath(path)), { recursive: true, mode: 0o755 });
      makePoint(hostPath(layer, path), kind, mode);
    } catch {
      // Inside another point that is a file: it stays missing.
    }
  }
}

/** The points that `root` lacks, at the paths where they have to be. */
export function missingMountPoints(
  root: string,
  points: readonly MountPoint[],
): (Omit<MountPoint, 'target'> & { readonly path: BytePath })[] {
  return points
    .filter(({ target }) => !isUnderMount(target, points))
    .map(({ target, kind, mode }) => ({
      path: resolveInRoot(root, bytePath(target)),
      kind,
      ...(mode !== undefined && { mode }),
    }))
    .filter(({ path }) => lstatInRoot(root, path) === undefined);
}

/** Makes these in `layer`, a folder to be put on top of the layers of `root`. */
export function makeMissingPoints(
  root: string,
  layer: string,
  missing: ReturnType<typeof missingMountPoints>,
): void {
  copyTopFolder(root, layer);
  for (const point of missing) makeIn(root, layer, point);
}

/** A point inside /dev or below another mount is not made here: its folder is not the root filesystem's. */
function isUnderMount(target: string, points: readonly MountPoint[]): boolean {
  return points.some((other) => other.kind === 'folder' && target.startsWith(`${other.target}/`));
}

function makeIn(
  root: string,
  layer: string,
  { path, kind, mode }: ReturnType<typeof missingMountPoints>[number],
): void {
  const parts = path.split('/');
  const last = parts.pop()!;
  let folder: BytePath = ROOT_PATH;
  for (const part of parts) {
    folder = joinPath(folder, part);
    copyFolder(root, layer, folder);
  }
  makePoint(hostPath(layer, joinPath(folder, last)), kind, mode);
}

function makePoint(file: Buffer, kind: MountPoint['kind'], mode = 0o755): void {
  if (kind === 'folder') {
    mkdirSync(file, { recursive: true });
    chmodSync(file, mode);
  } else writeFileSync(file, '', { mode: 0o644 });
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
