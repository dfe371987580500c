// The bundle of this checkout, which tools/bundle.js writes: a few files instead of a thousand, so that commands start sooner.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Names the folder of the bundle, and what it is and what it was made from: path, size and time of change of each file. */
export const MANIFEST = 'dist/bundle.json';

/**
 * The folder of the bundle below `root`, where each of its files and each that it was made from is as it was then. Undefined
 * where anything is not, or there is none: then the sources run, so that old code never does.
 */
export function freshBundle(root) {
  try {
    const { folder, files } = JSON.parse(readFileSync(join(root, MANIFEST), 'utf8'));
    const isSame = ([path, size, changed]) => {
      const found = statSync(join(root, path), { throwIfNoEntry: false });
      return found?.size === size && found.mtimeMs === changed;
    };
    return files.every(isSame) ? join(root, folder) : undefined;
  } catch {
    return undefined; // None, half of one, or one that may not be read.
  }
}
