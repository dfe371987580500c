import { lstatSync } from 'node:fs';
import { pathText } from './byte-path.ts';
import type { EntryTable } from './entry-table.ts';
import { sourceChanged } from './file-reader.ts';
import { filePath, type LayerEntry } from './layer-entry.ts';

/**
 * Throws COPY_SOURCE_CHANGED where a file was another one when `before` was planned, or is gone since: what is made of one must not be
 * found again under the key of the other. Both were digested; `modes`: whether modes are those of the files.
 */
export function requireSameFiles(before: EntryTable, now: EntryTable, { modes }: { modes: boolean }): void {
  if (before.fileSum === now.fileSum) return;
  const factsOf = ({ digestStart, mode }: LayerEntry): string => `${digestStart} ${modes ? mode : ''}`;
  const then = new Map([...before.ofType('file')].map((entry) => [entry.file, factsOf(entry)]));
  for (const entry of now.ofType('file')) {
    if (entry.file === undefined) continue;
    if (then.get(entry.file) !== factsOf(entry)) throw sourceChanged(`/${pathText(entry.target)}`);
    then.delete(entry.file);
  }
  // Of files with the same destination one is left.
  for (const file of then.keys()) {
    if (file === undefined || lstatSync(filePath({ file }), { throwIfNoEntry: false })) continue;
    throw sourceChanged(pathText(file));
  }
}
