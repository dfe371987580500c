import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { processStart, SlipwayError } from '@slipway/core';
import type { StateFolder } from './state-folder.ts';
import { writeWholeFile } from './whole-file.ts';

/** What the lock file says of the control plane that runs in a state folder. */
export interface RunningControlPlane {
  readonly pid: number;
  /** Start time of that process in clock ticks since boot (proc(5), stat field 22): tells a reused pid apart. */
  readonly processStart: string;
  readonly startedAt: string;
  /** Set while a command works on the registry's store and no control plane may start. */
  readonly purpose?: 'upkeep';
  /** URL of the Kubernetes API; absent while it starts. */
  readonly api?: string;
  /** `host:port` of the registry; absent while it starts. */
  readonly registry?: string;
  /** Address that the services' names have in pods; absent while it starts. */
  readonly serviceAddress?: string;
}

/** The control plane that runs in this state folder, or undefined. A lock whose process is gone counts as none. */
export async function findRunning(folder: StateFolder): Promise<RunningControlPlane | undefined> {
  const text = await readFile(folder.lockFile, 'utf8').catch(() => undefined); // no file: nothing runs
  if (text === undefined) return undefined;
  const lock = parseLock(text);
  return lock !== undefined && !hasEnded(lock) ? lock : undefined;
}

export interface Lock extends AsyncDisposable {
  /** Publishes the endpoints; from then on other commands find this control plane. */
  publish(endpoints: { api: string; registry: string; serviceAddress: string }): Promise<void>;
}

/** Takes the state folder for this process; throws STATE_LOCKED when another living process has it. */
export async function lockStateFolder(
  folder: StateFolder,
  options: Pick<RunningControlPlane, 'purpose'> = {},
): Promise<Lock> {
  const own: RunningControlPlane = {
    pid: process.pid,
    processStart: processStart(process.pid) ?? '',
    startedAt: new Date().toISOString(),
    ...options,
  };
  const running = await findRunning(folder);
  if (running) throw locked(folder, running.pid);
  await rm(folder.lockFile, { force: true });
  await claim(folder, own);
  return {
    publish: (endpoints) => writeWholeFile(folder.lockFile, JSON.stringify({ ...own, ...endpoints })),
    [Symbol.asyncDispose]: () => rm(folder.lockFile, { force: true }),
  };
}

/** link(2) fails when the name exists: of two processes that start at once, one wins. */
async function claim(folder: StateFolder, own: RunningControlPlane): Promise<void> {
  const draft = `${folder.lockFile}.${own.pid}`;
  try {
    await writeFile(draft, JSON.stringify(own), { mode: 0o600 });
    await link(draft, folder.lockFile);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const winner = await findRunning(folder);
    throw locked(folder, winner?.pid);
  } finally {
    await rm(draft, { force: true });
  }
}

function locked(folder: StateFolder, pid?: number): SlipwayError {
  const who = pid === undefined ? 'another process' : `process ${pid}`;
  return new SlipwayError(
    'conflict',
    'STATE_LOCKED',
    `${who} already runs a control plane in ${folder.root}`,
    {
      hint: 'stop it with "slipway down", or give another folder with --state-dir',
    },
  );
}

function parseLock(text: string): RunningControlPlane | undefined {
  try {
    const value = JSON.parse(text) as RunningControlPlane;
    return typeof value.pid === 'number' && typeof value.processStart === 'string' ? value : undefined;
  } catch {
    return undefined; // a half-written file of a process that died: nothing runs
  }
}

/** Whether the process of this control plane is gone; it gives up its lock a moment before. */
export function hasEnded({ pid, processStart: start }: RunningControlPlane): boolean {
  return processStart(pid) !== start;
}
