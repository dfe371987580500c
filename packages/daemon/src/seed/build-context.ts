import { constants, copyFile, cp, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Digest, digestOf } from '@slipway/oci';
import { CHECKOUT, writeBundle } from './bundle.ts';
import type { CatalogueEntry } from './catalogue.ts';

/** A folder to build an image from; it is removed when it is disposed of. */
export interface BuildContext extends AsyncDisposable {
  readonly folder: string;
  /** Digest of all that the image is made of. */
  readonly digest: Digest;
}

/** The folder `images/<name>`, with what only the running program can add: its Node and its bundle. */
export async function prepareContext(entry: CatalogueEntry, signal?: AbortSignal): Promise<BuildContext> {
  const folder = await mkdtemp(join(tmpdir(), `slipway-seed-${entry.name}-`));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await cp(join(CHECKOUT, 'images', entry.name), folder, { recursive: true });
    if (entry.name === 'executor') await writeBundle(join(folder, 'bundle'), signal);
    const digest = await digestFolder(folder);
    return { folder, digest, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Adds the Node that runs this program, a hundred megabytes: only where the image is really built. */
export async function addNode({ folder }: BuildContext): Promise<void> {
  const node = await realpath(process.execPath);
  await copyFile(node, join(folder, 'node'), constants.COPYFILE_FICLONE);
}

/** The files' names and contents in one digest. */
async function digestFolder(folder: string): Promise<Digest> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const lines = await Promise.all(
    files.sort().map(async (file) => `${file.slice(folder.length)} ${digestOf(await readFile(file))}`),
  );
  return digestOf(lines.join('\n'));
}
