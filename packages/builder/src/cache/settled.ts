import { statfsSync } from 'node:fs';
import { changeTimeOf, deviceOf, type FileIdentity } from './file-identity.ts';

/** What file systems with whole seconds, or a clock of their own, may need until a second change shows as another time. */
const COARSE_MS = 2000;
/**
 * The kernel stamps with a clock that it moves at each tick (1 to 10 ms); where a tick does not come, another processor takes
 * its duty over after five. Twice that.
 */
const TICK_MS = 100;
const SECOND = 1_000_000_000n;
/** Magic numbers (statfs(2)) of file systems that stamp with this kernel's clock: ext2 to 4, XFS, Btrfs, tmpfs, overlayfs, F2FS, ZFS, bcachefs. */
const LOCAL: ReadonlySet<number> = new Set([
  0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630, 0xf2f52010, 0x2fc12fc1, 0xca451a4e,
]);

/**
 * Tells when a file's content may be remembered under its change time: when whatever is written from the moment at which it
 * was opened to be read gets a later one. A time that lies in the future (a clock was set back) never is in the past by enough.
 */
export class Settling {
  readonly #local = new Map<bigint, boolean>();

  /** `openedMs`: when reading began, by this machine's clock; `file`: its path, to see what file system it is on. */
  isSettled(identity: FileIdentity, openedMs: number, file: string | Buffer): boolean {
    return this.isPast(changeTimeOf(identity), deviceOf(identity), openedMs, file);
  }

  /** The same of a change time, in nanoseconds, on a device; `file`: something that is there. */
  isPast(changed: bigint, device: bigint, openedMs: number, file: string | Buffer): boolean {
    const age = openedMs - Number(changed / 1_000_000n);
    if (age >= COARSE_MS) return true;
    if (age < TICK_MS || changed % SECOND === 0n) return false;
    return this.isLocal(device, file);
  }

  /** Whether the device's file system stamps with this kernel's clock. */
  isLocal(device: bigint, file: string | Buffer): boolean {
    const known = this.#local.get(device);
    if (known !== undefined) return known;
    const local = LOCAL.has(fileSystemOf(file));
    this.#local.set(device, local);
    return local;
  }
}

function fileSystemOf(file: string | Buffer): number {
  try {
    return statfsSync(file).type;
  } catch {
    return 0; // It is gone already.
  }
}
