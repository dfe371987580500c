/** How a layer is unpacked; all decided by the caller. */
export interface UnpackOptions {
  /**
   * Unpacked layers below, topmost first; undefined when they are not known; a promise where they are unpacked at the same
   * time: it is waited for in `finish`. Empty: this is the lowest layer.
   */
  readonly lower: readonly string[] | Promise<readonly string[]> | undefined;
  readonly applyOwner: boolean;
  /** Whether owners are noted in an attribute, as they cannot be applied. */
  readonly recordOwner: boolean;
  /** Which extended attributes are taken from members. */
  readonly takesXattr: (name: string) => boolean;
  readonly makeDevices: boolean;
  readonly signal?: AbortSignal | undefined;
}
