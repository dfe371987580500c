// The bundle of this checkout, which tools/bundle.js writes: a few files instead of a thousand, so that commands start sooner.

/** Names the bundle's program, and what it is and what it was made from: path, size and time of change of each file. */
export const MANIFEST = 'dist/bundle.json';

/**
 * The command line's program in the bundle below `root`, where each of its files and each that it was made from is as it was
 * then. Undefined where anything is not, or there is none: then the sources run, so that old code never does.
 */
export function freshBundle(root) {
  try {
    const { readFileSync, statSync } = process.getBuiltinModule('node:fs');
    const { program, files } = JSON.parse(readFileSync(`${root}/${MANIFEST}`, 'utf8'));
    const isSame = ([path, size, changed]) => {
      const found = statSync(`${root}/${path}`, { throwIfNoEntry: false });
      return found?.size === size && found.mtimeMs === changed;
    };
    return files.every(isSame) ? `${root}/${program}` : undefined;
  } catch {
    return undefined; // None, half of one, or one that may not be read.
  }
}
