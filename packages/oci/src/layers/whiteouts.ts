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
