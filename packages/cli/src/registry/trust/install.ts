import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SlipwayError } from '@slipway/core';
import type { TrustedFile } from './plan.ts';
import { readRecord, type TrustRecord, writeRecord } from './record.ts';

/** The files that are not there as wanted. Throws TRUST_FOREIGN when somebody else's file is in the way. */
export async function missingFiles(
  files: readonly TrustedFile[],
  record: TrustRecord,
): Promise<TrustedFile[]> {
  const ours = new Map(record.files.map(({ path, sha256 }) => [path, sha256]));
  const missing: TrustedFile[] = [];
  for (const file of files) {
    const present = await read(file.path);
    if (present === file.content) continue;
    if (present !== undefined && ours.get(file.path) !== hash(present)) {
      throw new SlipwayError(
        'conflict',
        'TRUST_FOREIGN',
        `${file.path} is there, and slipway did not write it`,
        {
          hint: 'move it away, or add the certificates to it yourself',
        },
      );
    }
    missing.push(file);
  }
  return missing;
}

/** Writes the files, and notes in the record what was not there before. */
export async function install(files: readonly TrustedFile[], recordPath: string): Promise<void> {
  const record = await readRecord(recordPath);
  const written = new Map(record.files.map(({ path, sha256 }) => [path, sha256]));
  const folders = [...record.folders];
  for (const { path, content } of files) {
    written.set(path, hash(content));
    for (const folder of await missingFolders(dirname(path)))
      if (!folders.includes(folder)) folders.push(folder);
  }
  const all = [...written].map(([path, sha256]) => ({ path, sha256 }));
  await writeRecord(recordPath, { files: all, folders });
  for (const { path, content } of files) {
    await mkdir(dirname(path), { recursive: true, mode: 0o755 });
    await writeFile(path, content, { mode: 0o644 });
  }
}

/** The files of the record that are there unchanged; the others are somebody's by now. */
export async function removableFiles(record: TrustRecord): Promise<string[]> {
  const found: string[] = [];
  for (const { path, sha256 } of record.files) {
    const present = await read(path);
    if (present !== undefined && hash(present) === sha256) found.push(path);
  }
  return found;
}

/** Removes these files, the folders that were made for them and are empty, and the record. */
export async function uninstall(paths: readonly string[], recordPath: string): Promise<void> {
  const { folders } = await readRecord(recordPath);
  for (const path of paths) await rm(path, { force: true });
  for (const folder of folders.toReversed()) {
    await rmdir(folder).catch((error: NodeJS.ErrnoException) => {
      // In use by others, or gone already.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'ENOENT') throw error;
    });
  }
  await rm(recordPath, { force: true });
}

/** The folders of a path that are not there, the outermost first. */
async function missingFolders(path: string): Promise<string[]> {
  const there = await stat(path).then(
    () => true,
    () => false,
  );
  return there ? [] : [...(await missingFolders(dirname(path))), path];
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
