import { lstatSync } from 'node:fs';
import { type BytePath, fsPath } from './byte-path.ts';
import type { FolderEndings } from './folder-endings.ts';
import type { OwnerTable } from './recorded-owner.ts';
import { readAttributes } from './xattrs.ts';

/** The recorded owners of folders that a layer does not name, as the layers below (topmost first) have them. */
export async function inheritedOwners(
  folders: FolderEndings,
  lower: readonly BytePath[],
  signal?: AbortSignal,
): Promise<OwnerTable> {
  const below = new Map<BytePath, BytePath>();
  for (const [absolute, ending] of folders) {
    const found = 'likeBelow' in ending ? firstFolder(lower, ending.likeBelow) : undefined;
    if (found !== undefined) below.set(absolute, found);
  }
  if (below.size === 0) return new Map();
  const paths = [...new Set(below.values())].map((path) => path.replace(/^\/+/, ''));
  const { owners } = await readAttributes('', paths, signal, { only: true });
  return new Map(
    [...below].flatMap(([absolute, path]) => {
      const owner = owners.get(path.replace(/^\/+/, ''));
      return owner ? [[absolute, owner]] : [];
    }),
  );
}

function firstFolder(lower: readonly BytePath[], path: BytePath): BytePath | undefined {
  const places = lower.map((root) => `${root}/${path}`);
  return places.find((place) => lstatSync(fsPath(place), { throwIfNoEntry: false })?.isDirectory());
}
