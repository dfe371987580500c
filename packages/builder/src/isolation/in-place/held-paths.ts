import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { type BytePath, bytePath, parentPath } from '../../copy/byte-path.ts';

/** Folders of the executor image that a build in place leaves: its programs and its shell. */
const OF_THE_IMAGE: readonly string[] = ['/kaniko', '/busybox'];

/** They are the container's, whether they are mounted or not, and never an image's: docker mounts its own over them. */
export const PLACE_FILES: readonly string[] = ['/etc/hosts', '/etc/resolv.conf'];

/** Folders of which an image's files are no loss: every RUN has others there. */
const OF_THE_KERNEL: readonly string[] = ['/dev', '/proc', '/sys'];

/** What the root folder has that is not the image's: it is neither deleted, nor written to, nor part of a layer. */
export class HeldPaths {
  readonly #held: ReadonlySet<string>;
  readonly #above: ReadonlySet<string>;

  /** Absolute paths; those that are reached by links are held under their real names, too. */
  constructor(paths: Iterable<string>) {
    const all = [...OF_THE_IMAGE, ...PLACE_FILES, ...OF_THE_KERNEL, ...paths];
    this.#held = new Set(all.flatMap((path) => [path, realPath(path)]).map((path) => bytePath(path)));
    const above = new Set<string>();
    for (const path of this.#held)
      for (let folder = parentPath(path as BytePath); folder !== ''; folder = parentPath(folder))
        above.add(folder);
    this.#above = above;
  }

  /** Whether the path is held, or is below one that is; the root folder itself never is. */
  holds(path: BytePath): boolean {
    for (let at = path; at !== ''; at = parentPath(at)) if (this.#held.has(at)) return true;
    return false;
  }

  /** Whether something that is held is below the path. */
  isAbove(path: BytePath): boolean {
    return path === '' || this.#above.has(path);
  }

  /** Whether an image may have files there that no RUN sees. */
  isDispensable(path: BytePath): boolean {
    const places = [...OF_THE_KERNEL, ...PLACE_FILES].map((place) => place.slice(1));
    return places.some((place) => path === place || path.startsWith(`${place}/`));
  }

  /** For functions that take the folders to leave out. */
  get names(): ReadonlySet<string> {
    return this.#held;
  }
}

/** Where a path leads; of what is not there yet, as far as it is there. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : `${realPath(parent)}/${path.slice(path.lastIndexOf('/') + 1)}`;
  }
}
