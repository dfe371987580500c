import { followLinks } from '@slipway/containers';
import type { BytePath } from './byte-path.ts';
import { linkInRoot, lstatInRoot } from './resolve-in-root.ts';

/**
 * Whether an unpacked layer, the topmost one, has regular files at all these paths, and all that is on the way to them: then
 * nothing below it is seen there. Folders are merged with those below, so they do not count; nor do empty files, since one of
 * the forms of a whiteout is an empty file with an attribute.
 */
export function hasAsFiles(layer: string, paths: readonly BytePath[]): boolean {
  return paths.every((path) => hasAsFile(layer, path));
}

function hasAsFile(layer: string, path: BytePath): boolean {
  let hasAll = true;
  const resolved = followLinks(path, (inside) => {
    const stat = lstatInRoot(layer, inside as BytePath);
    if (stat === undefined || stat.isCharacterDevice()) hasAll = false;
    return stat?.isSymbolicLink() ? linkInRoot(layer, inside as BytePath) : undefined;
  }) as BytePath;
  const stat = hasAll ? lstatInRoot(layer, resolved) : undefined;
  return stat?.isFile() === true && stat.size > 0n;
}
