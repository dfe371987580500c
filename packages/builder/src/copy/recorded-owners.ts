import { readAttributes } from '@slipway/oci';
import type { EntryTable } from './entry-table.ts';

/** Gives folders of the base, which are listed for what is put into them, the owners that are recorded of them. */
export async function takeRecordedOwners(
  entries: EntryTable,
  rootfs: string | undefined,
  signal?: AbortSignal,
): Promise<void> {
  if (rootfs === undefined) return;
  const implied = [...entries].filter((entry) => entry.implied);
  const paths = implied.map(({ target }) => target);
  const { owners } = await readAttributes(rootfs, paths, signal, { only: true });
  for (const entry of implied) {
    const owner = owners.get(entry.target);
    if (owner) entries.set({ ...entry, ...owner });
  }
}
