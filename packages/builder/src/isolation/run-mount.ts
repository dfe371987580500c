/** Something of this machine that a RUN sees at a path of its root filesystem. */
export interface Mount {
  readonly type: 'bind' | 'tmpfs';
  /** On this machine; for a bind. */
  readonly source?: string;
  /** Absolute, inside the root filesystem. */
  readonly target: string;
  readonly readOnly: boolean;
  /** Bytes; for a tmpfs. */
  readonly size?: number | undefined;
  /** Of a mount point that has to be made; for a tmpfs. */
  readonly mode?: number;
  /** What the target is, for the mount point that has to exist. */
  readonly kind: 'folder' | 'file' | 'socket';
}
