export type TarEntryType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'char' | 'block' | 'fifo';

/** One member of a tar archive. Names are bytes: Linux does not promise that they are UTF-8. */
export interface TarEntry {
  readonly name: Buffer;
  readonly type: TarEntryType;
  /** Permission bits, set-id and sticky bits: 0 to 07777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of content; 0 for all but files. */
  readonly size: number;
  /** Nanoseconds since 1970. */
  readonly mtimeNs: bigint;
  /** Target of a symlink or hardlink. */
  readonly linkname?: Buffer;
  readonly uname?: string;
  readonly gname?: string;
  readonly devmajor?: number;
  readonly devminor?: number;
  /** Extended attributes by full name (`security.capability`); values are bytes. */
  readonly xattrs?: ReadonlyMap<string, Buffer>;
}
