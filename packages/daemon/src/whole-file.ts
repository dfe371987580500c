import { rename, rm, writeFile } from 'node:fs/promises';

/** Writes a file that only this user may read, whole or not at all: nothing is left where the disk is full. */
export async function writeWholeFile(path: string, data: string): Promise<void> {
  const draft = `${path}.${process.pid}.new`;
  try {
    await writeFile(draft, data, { mode: 0o600 });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
