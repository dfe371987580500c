import { tarError } from '../tar/tar-error.ts';

/** What an archive may make us hold in memory until its end, and how often it may make us look through that. */
const LIMITS = {
  /** Folders, whiteouts, devices, files with attributes. The largest images have some 100,000. */
  items: 1_000_000,
  xattrBytes: 64 * 1024 * 1024,
  /** Kept items that were looked at because a member replaced a folder. */
  looks: 500_000_000,
} as const;

/** Counts what is put off to the end of a layer, so that a hostile one is refused before it takes the memory or the day. */
export class UnpackBudget {
  #items = 0;
  #xattrBytes = 0;
  #looks = 0;

  /** One more folder, whiteout, device or file with attributes. Throws TAR_LIMIT. */
  keepItem(name: Buffer): void {
    this.#items += 1;
    if (this.#items > LIMITS.items) {
      const what = 'folders, deleted files, devices and files with attributes';
      throw tarError('TAR_LIMIT', `the archive has more than ${LIMITS.items} ${what}`, name);
    }
  }

  /** One more extended attribute. Throws TAR_LIMIT. */
  keepXattr(value: Buffer, name: Buffer): void {
    this.#xattrBytes += value.length;
    if (this.#xattrBytes <= LIMITS.xattrBytes) return;
    throw tarError('TAR_LIMIT', `its extended attributes exceed ${LIMITS.xattrBytes} bytes`, name);
  }

  /** A folder was replaced, and `count` kept items were looked at. Throws TAR_LIMIT. */
  look(count: number, name: Buffer): void {
    this.#looks += count;
    if (this.#looks <= LIMITS.looks) return;
    throw tarError('TAR_LIMIT', 'the archive replaces its own folders too often', name);
  }
}
