import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ProcessIdentity, processStart, thisProcess } from '@slipway/core';

/**
 * Names of blobs and layers that are being written: `tmp-<pid namespace>-<pid>-<start>-<random>`. They belong to one process, so
 * that another can tell that it is gone.
 */
const TEMPORARY = /^tmp-(\d+)-(\d+)-(\d+)-[0-9a-f]{32}$/;

let owner: ProcessIdentity | undefined;

/**
 * What this process writes from now on belongs to another, which waits for its end: where this one has a pid namespace of its
 * own, nobody outside could find out later whether it still runs.
 */
export function writeOnBehalfOf(process: ProcessIdentity): void {
  owner = process;
}

export function temporaryName(): string {
  owner ??= thisProcess();
  const { pidNamespace, pid, started } = owner;
  return `tmp-${numberOf(pidNamespace)}-${pid}-${started}-${randomBytes(16).toString('hex')}`;
}

/** Paths of what processes of this pid namespace that do not run any more left in these folders. */
export async function findUnfinished(folders: readonly string[]): Promise<string[]> {
  const { pidNamespace } = thisProcess();
  const found: string[] = [];
  for (const folder of folders) {
    for (const name of namesIn(folder)) {
      const [, namespace, pid, started] = TEMPORARY.exec(name) ?? [];
      if (namespace !== numberOf(pidNamespace) || processStart(Number(pid)) === started) continue;
      found.push(join(folder, name));
    }
  }
  return found;
}

/** Without a trip to the thread pool: it takes longer than looking into a folder of a few names, and every build looks. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

export async function removeUnfinished(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 2 });
}

function numberOf(namespace: string): string {
  return /\d+/.exec(namespace)?.[0] ?? '0';
}
