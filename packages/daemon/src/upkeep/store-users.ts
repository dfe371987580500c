import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { processStart, SlipwayError } from '@slipway/core';
import { findRunning } from '../lock.ts';
import type { StateFolder } from '../state-folder.ts';
import { writeWholeFile } from '../whole-file.ts';

// Garbage collection keeps off what a push holds by leases in the memory of one process. Another process that serves the
// same store (`slipway image build` without a control plane) cannot see them, so each such process leaves a file here
// while it runs, and no garbage is collected while one of them lives. Each side writes first and looks then: of two that
// begin at once, at least one sees the other.

interface StoreUser {
  readonly pid: number;
  readonly processStart: string;
}

/** Announces that this process serves the store. Throws STORE_BUSY when garbage is being collected by another command. */
export async function joinStore(folder: StateFolder): Promise<AsyncDisposable> {
  await mkdir(folder.users, { recursive: true, mode: 0o700 });
  const file = join(folder.users, `${randomUUID()}.json`);
  const user: StoreUser = { pid: process.pid, processStart: processStart(process.pid) ?? '' };
  await writeWholeFile(file, JSON.stringify(user));
  const running = await findRunning(folder);
  if (running?.purpose === 'upkeep') {
    await rm(file, { force: true });
    throw busy(`process ${running.pid} is at work on the registry in ${folder.root}`);
  }
  return { [Symbol.asyncDispose]: () => rm(file, { force: true }) };
}

/** Throws STORE_BUSY while another process serves the store. */
export async function requireNoStoreUsers(folder: StateFolder): Promise<void> {
  for (const name of await readdir(folder.users).catch(() => [])) {
    const file = join(folder.users, name);
    const user = await readUser(file);
    if (user === undefined) continue;
    if (processStart(user.pid) === user.processStart) {
      throw busy(`process ${user.pid} works with the store in ${folder.root}`);
    }
    await rm(file, { force: true }); // it died
  }
}

async function readUser(file: string): Promise<StoreUser | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined; // done in this moment
    throw busy(`somebody begins to work with the store: ${file} is not written yet`);
  }
}

function busy(message: string): SlipwayError {
  return new SlipwayError('conflict', 'STORE_BUSY', message, { hint: 'try again when it is done' });
}
