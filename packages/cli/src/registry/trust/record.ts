import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TrustTarget } from './plan.ts';

/** What a `trust` wrote, so that its undo removes that and nothing else. */
export interface TrustRecord {
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
  /** Folders that were not there before, the outermost first. */
  readonly folders: readonly string[];
}

const EMPTY: TrustRecord = { files: [], folders: [] };

/** Where the record of a target is kept. */
export function recordFile(stateDir: string, target: TrustTarget): string {
  return join(stateDir, 'trust', `${target}.json`);
}

export async function readRecord(file: string): Promise<TrustRecord> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return EMPTY;
    throw error;
  }
}

/** Written before the files are: a crash between leaves a record of too much, which the undo passes over. */
export async function writeRecord(file: string, record: TrustRecord): Promise<void> {
  if (record.files.length === 0) return rm(file, { force: true });
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
  await rename(`${file}.new`, file);
}
