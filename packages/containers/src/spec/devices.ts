import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A device node as config.json of the OCI runtime specification has it. */
export interface SpecDevice {
  readonly path: string;
  readonly type: 'b' | 'c';
  readonly major: number;
  readonly minor: number;
  readonly fileMode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Folders of /dev that the container has of its own. */
const OWN_FOLDERS = new Set(['pts', 'shm', 'mqueue', 'fd', 'console']);

/** What a container that is not privileged may use: the usual nodes, and making nodes (not opening them), as containerd allows it. */
export const DEVICE_RULES: readonly object[] = [
  { allow: false, access: 'rwm' },
  { allow: true, type: 'c', access: 'm' },
  { allow: true, type: 'b', access: 'm' },
  ...[
    [1, 3],
    [1, 5],
    [1, 7],
    [1, 8],
    [1, 9],
    [5, 0],
    [5, 1],
    [5, 2],
  ].map(([major, minor]) => ({ allow: true, type: 'c', major, minor, access: 'rwm' })),
  { allow: true, type: 'c', major: 136, access: 'rwm' },
];

/** Every device node under /dev, for privileged containers. */
export function machineDevices(folder = '/dev'): SpecDevice[] {
  const found: SpecDevice[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (OWN_FOLDERS.has(entry.name)) continue;
    if (entry.isDirectory()) found.push(...machineDevices(path));
    else if (entry.isBlockDevice() || entry.isCharacterDevice())
      found.push(deviceAt(path, entry.isBlockDevice()));
  }
  return found;
}

function deviceAt(path: string, block: boolean): SpecDevice {
  const { rdev, mode, uid, gid } = statSync(path);
  // The layout of dev_t in glibc's sys/sysmacros.h, of which the kernel uses 12 + 20 bits.
  const major = (rdev >> 8) & 0xfff;
  const minor = (rdev & 0xff) | ((rdev >> 12) & 0xfff00);
  return { path, type: block ? 'b' : 'c', major, minor, fileMode: mode & 0o777, uid, gid };
}
