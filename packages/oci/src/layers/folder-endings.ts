import { chmodSync, lchownSync, utimesSync } from 'node:fs';
import { type BytePath, fsPath } from './byte-path.ts';
import { lowerFolder } from './scoped-folder.ts';

/** What a folder gets at the end: of its own member, or as the layers below have the path. */
type Ending = { readonly mode: number; readonly mtime: number } | { readonly likeBelow: BytePath };

/**
 * Modes and times of folders by absolute path, set when nothing is written into them any more. Parents come before what is in
 * them, as they were made: a folder that is closed to its owner must come last.
 */
export class FolderEndings extends Map<BytePath, Ending> {
  /** `lower`: the unpacked layers below, topmost first. */
  apply(lower: readonly BytePath[], applyOwner: boolean): void {
    for (const [absolute, ending] of [...this].reverse()) {
      const path = fsPath(absolute);
      if (!('likeBelow' in ending)) {
        chmodSync(path, ending.mode);
        utimesSync(path, ending.mtime, ending.mtime);
        continue;
      }
      const found = lowerFolder(lower, ending.likeBelow);
      if (found === undefined) continue;
      if (applyOwner) lchownSync(path, found.uid, found.gid);
      chmodSync(path, found.mode & 0o7777);
      utimesSync(path, found.mtimeMs / 1000, found.mtimeMs / 1000);
    }
  }
}
