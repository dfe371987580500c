import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { processStart } from '@slipway/core';
import { wasOutOfMemory } from '../machine/cgroups.ts';
import { signalNumber } from '../process/execute.ts';
import type { ContainerRecord } from './container-record.ts';
import type { ExecOptions, ExecResult } from './exec.ts';
import type { ExitRecord, ExitWatcher } from './exit-watcher.ts';

/** How a container ended. */
export interface ContainerExit {
  /** 128 + n when signal n ended it; 137 when nobody saw the end. */
  readonly exitCode: number;
  /** The kernel killed it because its memory limit was reached. */
  readonly oomKilled: boolean;
  readonly finishedAt: Date;
  /** Its conmon is gone (killed, or the machine restarted), so that the exit code is not known. */
  readonly lost: boolean;
}

/** Node has no pidfd to learn of the death of another's child: a conmon that was killed is noticed this late. */
const CONMON_CHECK_MS = 5000;

/** A container under conmon, running or ended. */
export class MonitoredContainer {
  readonly id: string;
  readonly pid: number;
  readonly startedAt: Date;
  /** Stops it if it runs, and forgets it: process, cgroup, exit file. The log stays. */
  readonly remove: () => Promise<void>;
  /** Runs a short program in it, beside its first process. */
  readonly exec: (options: ExecOptions) => Promise<ExecResult>;
  readonly #record: ContainerRecord;
  readonly #folder: string;
  readonly #exits: ExitWatcher;

  constructor(o: {
    record: ContainerRecord;
    folder: string;
    exits: ExitWatcher;
    remove: () => Promise<void>;
    exec: (options: ExecOptions) => Promise<ExecResult>;
  }) {
    this.id = o.record.id;
    this.pid = o.record.pid;
    this.startedAt = new Date(o.record.startedAt);
    this.remove = o.remove;
    this.exec = o.exec;
    this.#record = o.record;
    this.#folder = o.folder;
    this.#exits = o.exits;
  }

  /** Resolves when the container has ended. Rejects with the signal's reason when that aborts first. */
  async wait(signal?: AbortSignal): Promise<ContainerExit> {
    const lost = new AbortController();
    const check = setInterval(() => this.#abortIfLost(lost), CONMON_CHECK_MS);
    this.#abortIfLost(lost);
    try {
      const either = signal ? AbortSignal.any([signal, lost.signal]) : lost.signal;
      const record = await this.#exits.wait(this.id, either);
      if (record !== undefined) return await this.#exit(record);
      signal?.throwIfAborted();
      return await this.#exitWithoutMonitor();
    } finally {
      clearInterval(check);
    }
  }

  /** Sends a signal to the first process, if it still runs. */
  async kill(signal: string | number): Promise<void> {
    if (processStart(this.pid) !== this.#record.pidStart) return;
    try {
      process.kill(this.pid, signalNumber(signal));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  #abortIfLost(lost: AbortController): void {
    if (processStart(this.#record.conmonPid) !== this.#record.conmonStart) lost.abort();
  }

  async #exit({ exitCode, finishedAt }: ExitRecord): Promise<ContainerExit> {
    const oomKilled = exitCode !== 0 && (await this.#ranOutOfMemory());
    return { exitCode, oomKilled, finishedAt, lost: false };
  }

  /** conmon writes the exit before it ends, so one more look tells an ended container from a lost one. */
  async #exitWithoutMonitor(): Promise<ContainerExit> {
    const record = await this.#exits.read(this.id);
    if (record !== undefined) return await this.#exit(record);
    await this.kill('SIGKILL');
    return { exitCode: 137, oomKilled: false, finishedAt: new Date(), lost: true };
  }

  async #ranOutOfMemory(): Promise<boolean> {
    const seen = await access(join(this.#folder, 'oom')).then(
      () => true,
      () => false,
    );
    const { cgroupsPath } = this.#record;
    return seen || (cgroupsPath !== undefined && (await wasOutOfMemory(cgroupsPath)));
  }
}
