import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What has to be known of a container after a restart of ours. */
export interface ContainerRecord {
  readonly id: string;
  readonly pid: number;
  /** Start time of `pid` (see `processStart`): tells it from a later process of the same number. */
  readonly pidStart: string;
  readonly conmonPid: number;
  readonly conmonStart: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly cgroupsPath?: string;
}

const FILE = 'record.json';

/** Writes the record whole or not at all. */
export async function writeRecord(folder: string, record: ContainerRecord): Promise<void> {
  const temporary = join(folder, `.${FILE}`);
  await writeFile(temporary, JSON.stringify(record));
  await rename(temporary, join(folder, FILE));
}

/** The record in this folder; undefined when the container was never started. */
export async function readRecord(folder: string): Promise<ContainerRecord | undefined> {
  const text = await readFile(join(folder, FILE), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}
