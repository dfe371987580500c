/** What one request or client may take. */
export interface RegistryLimits {
  /** Largest manifest in bytes; the distribution-spec asks for at least 4 MiB. */
  readonly manifestBytes: number;
  /** Bytes of memory for manifests that are served again and again. */
  readonly cacheBytes: number;
  /** Most items on one page of tags, repositories or referrers. */
  readonly pageItems: number;
  /** An upload that nobody wrote to for so long is removed (ms). */
  readonly uploadExpiryMs: number;
  /** An upload slower than this, after `uploadGraceMs`, is cut off with 408. */
  readonly uploadBytesPerSecond: number;
  readonly uploadGraceMs: number;
}

export const DEFAULT_LIMITS: RegistryLimits = {
  manifestBytes: 4 * 1024 * 1024,
  cacheBytes: 16 * 1024 * 1024,
  pageItems: 1000,
  uploadExpiryMs: 24 * 3600 * 1000,
  uploadBytesPerSecond: 1024,
  uploadGraceMs: 30_000,
};
