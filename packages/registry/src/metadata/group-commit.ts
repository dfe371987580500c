import type { DatabaseSync } from 'node:sqlite';
import { SlipwayError, toSlipwayError } from '@slipway/core';

interface Job {
  readonly run: () => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

// SQLite's result codes (sqlite.org/rescode.html): SQLITE_FULL, and SQLITE_IOERR with its kinds in the upper bits.
const SQLITE_FULL = 13;

/**
 * Runs changes in transactions: those that arrive in one turn of the event loop share one commit, and so one fsync.
 * A change that throws is undone alone. A promise resolves only after the commit is on the disk.
 */
export class GroupCommit {
  readonly #database: DatabaseSync;
  readonly #folder: string;
  #waiting: Job[] = [];

  constructor(database: DatabaseSync, folder: string) {
    this.#database = database;
    this.#folder = folder;
  }

  /** Runs `change` (synchronous, reads its own writes) and resolves with its value when it is durable. */
  run<T>(change: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ run: change, resolve, reject });
      if (this.#waiting.length === 1) setImmediate(() => this.#flush());
    });
  }

  #flush(): void {
    const jobs = this.#waiting;
    this.#waiting = [];
    let outcomes: Outcome[];
    try {
      outcomes = this.#commit(jobs);
    } catch (error) {
      const explained = this.#explain(error);
      for (const job of jobs) job.reject(explained);
      return;
    }
    for (const [index, job] of jobs.entries()) {
      const outcome = outcomes[index]!;
      if ('error' in outcome) job.reject(outcome.error);
      else job.resolve(outcome.value as never);
    }
  }

  #commit(jobs: readonly Job[]): Outcome[] {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const outcomes = jobs.map((job) => this.#attempt(job));
      this.#database.exec('COMMIT');
      return outcomes;
    } catch (error) {
      // A full disk may have rolled the transaction back already.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #attempt(job: Job): Outcome {
    this.#database.exec('SAVEPOINT change');
    try {
      const value = job.run();
      this.#database.exec('RELEASE change');
      return { value };
    } catch (error) {
      if (!this.#database.isTransaction) throw error;
      this.#database.exec('ROLLBACK TO change; RELEASE change');
      return { error: this.#explain(error) };
    }
  }

  #explain(error: unknown): SlipwayError {
    const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) : undefined;
    if (code === undefined || (code & 0xff) !== SQLITE_FULL) return toSlipwayError(error);
    return new SlipwayError(
      'exhausted',
      'STORE_FULL',
      `no space is left on the disk that holds ${this.#folder}`,
      {
        hint: `free space there (df -h ${this.#folder})`,
        cause: error,
      },
    );
  }
}
