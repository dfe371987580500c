import type { BigIntStats } from 'node:fs';

/** Names by which layers mark deletions (OCI image-spec, layer.md, "Whiteouts"). */
export const WHITEOUT_PREFIX = '.wh.';
export const OPAQUE_MARKER = '.wh..wh..opq';
/** AUFS kept its own files under this prefix; old layers still carry them. */
export const AUFS_PREFIX = '.wh..wh.';

/** How overlayfs mounted with `userxattr` marks a folder that hides the one below. */
export const OVERLAY_OPAQUE: { readonly name: string; readonly value: Buffer } = {
  name: 'user.overlay.opaque',
  value: Buffer.from('y'),
};

/**
 * The other form of a whiteout, since Linux 6.7: an empty file with this attribute, in a folder marked as `OVERLAY_MIXED`. It is
 * for folders that stand on an overlay themselves (a container's root file system), which refuses the devices.
 */
export const OVERLAY_WHITEOUT: { readonly name: string; readonly value: Buffer } = {
  name: 'user.overlay.whiteout',
  value: Buffer.from('y'),
};

/** The value of `OVERLAY_OPAQUE.name` of a folder that hides nothing, and has whiteouts with the attribute. */
export const OVERLAY_MIXED: Buffer = Buffer.from('x');

/** The attribute of what overlayfs copied up: where it came from, or nothing where the file system below has no handles. */
export const OVERLAY_ORIGIN = 'user.overlay.origin';

/** Whether this is overlayfs' mark for what a layer deletes, in its form as a device (Documentation/filesystems/overlayfs.rst). */
export function isWhiteout(stat: BigIntStats): boolean {
  return stat.isCharacterDevice() && stat.rdev === 0n;
}
