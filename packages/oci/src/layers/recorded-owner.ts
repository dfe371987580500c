import type { BytePath } from './byte-path.ts';

/** A user and a group, by number. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

export const ROOT_OWNER: FileOwner = { uid: 0, gid: 0 };

/**
 * The attribute that says whose a file is where it cannot belong to them: in a user namespace with one id. The name and the
 * form (a protobuf message, uid is field 1, gid is field 2) are those of rootlesscontainers.proto, which umoci and others use.
 */
export const OWNER_RECORD = 'user.rootlesscontainers';

export function encodeOwner({ uid, gid }: FileOwner): Buffer {
  return Buffer.from([0x08, ...varint(uid), 0x10, ...varint(gid)]);
}

/** The owner of a record; undefined where it is damaged. Fields of other numbers are refused, as nobody writes any. */
export function decodeOwner(record: Buffer): FileOwner | undefined {
  const owner = { uid: 0, gid: 0 };
  for (let at = 0; at < record.length; ) {
    const tag = record[at++];
    if (tag !== 0x08 && tag !== 0x10) return undefined;
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = record[at++];
      if (byte === undefined || scale > 2 ** 28) return undefined;
      value += (byte & 127) * scale;
      scale *= 128;
      if (byte < 128) break;
    }
    if (tag === 0x08) owner.uid = value;
    else owner.gid = value;
  }
  return owner;
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}

/** How the packer of changes finds owners that were recorded, not given. */
export interface RecordedOwners {
  /** Whose files are that have no record and were not in the layers below. */
  readonly created: FileOwner;
  /** Of what takes no attribute (symlinks), by inode. */
  readonly byInode: ReadonlyMap<bigint, FileOwner>;
  /** Called for what is another's than root's and has no record, so that the folder does not tell it. */
  readonly onUnrecorded?: (() => void) | undefined;
}

/** Owners that attributes tell of, by absolute path. */
export type OwnerTable = ReadonlyMap<BytePath, FileOwner>;
