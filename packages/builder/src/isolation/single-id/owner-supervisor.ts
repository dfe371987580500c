import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { ResolvedUser } from '@slipway/containers';
import { SlipwayError } from '@slipway/core';
import type { FileOwner } from '@slipway/oci';
import { ownersByInode } from './owners-by-inode.ts';
import { withSupervisor } from './supervised-calls.ts';
import { SUPERVISOR } from './supervisor-program.ts';

/** One RUN that is to be supervised. */
export interface SupervisedRun {
  readonly bundle: string;
  /** The overlay's folder of changes. */
  readonly upper: string;
  /** Where the overlay is mounted. */
  readonly merged: string;
  readonly user: ResolvedUser;
  /** Unpacked layers, topmost first. */
  readonly lower: readonly string[];
}

const SOCKET = 'owners.sock';
/** sun_path of unix(7) takes 107 bytes; a longer one is given relative to the bundle, where runc goes. */
const MAX_SOCKET_PATH = 107;

/** Answers the calls of one RUN about owners and ids, as long as it runs; see `SUPERVISOR`. */
export class OwnerSupervisor implements Disposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #bundle: string;
  readonly #byInode = new Map<bigint, FileOwner>();
  readonly #ended: Promise<void>;
  #complaint = '';

  private constructor(perl: string, run: SupervisedRun) {
    const { bundle, upper, merged, user } = run;
    const ids = [`${user.uid}`, `${user.gid}`, user.additionalGids.join(' ')];
    const args = ['-e', SUPERVISOR, '--', SOCKET, upper, merged, process.arch, ...ids];
    // In the C locale Perl says nothing of locales that this place lacks.
    const env = { PATH: process.env.PATH, LC_ALL: 'C' };
    const known = [...ownersByInode(merged, run.lower)].map(
      ([inode, owner]) => `${inode} ${owner.uid} ${owner.gid}\n`,
    );
    this.#bundle = bundle;
    this.#child = spawn(perl, args, { cwd: bundle, env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stdin.on('error', () => {}); // It ended before: what it said tells why.
    this.#child.stdin.write(`${known.join('')}\n`);
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (this.#complaint.length < 2000) this.#complaint += text;
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once('close', () => resolve());
      this.#child.once('error', (error) => {
        this.#complaint += error.message;
        resolve();
      });
    });
  }

  /** Starts it and waits until the runtime can find it. Throws OWNER_SUPERVISOR. */
  static async start(perl: string, run: SupervisedRun): Promise<OwnerSupervisor> {
    const supervisor = new OwnerSupervisor(perl, run);
    const { promise: ready, resolve } = Promise.withResolvers<true>();
    createInterface(supervisor.#child.stdout).on('line', (line) => {
      if (line === 'ready') resolve(true);
      else supervisor.#note(line);
    });
    if ((await Promise.race([ready, supervisor.#ended])) !== true) throw supervisor.#failed();
    return supervisor;
  }

  /** The runtime's configuration with the calls that are asked about here. */
  extend(spec: object): object {
    const absolute = join(this.#bundle, SOCKET);
    return withSupervisor(spec, Buffer.byteLength(absolute) <= MAX_SOCKET_PATH ? absolute : SOCKET);
  }

  /** To be called when the RUN has ended: the owners of what takes no attribute, by inode of the changes. Throws OWNER_SUPERVISOR. */
  async finish(): Promise<ReadonlyMap<bigint, FileOwner>> {
    this.#child.stdin.end();
    await this.#ended;
    if (this.#child.exitCode !== 0) throw this.#failed();
    return this.#byInode;
  }

  [Symbol.dispose](): void {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL');
  }

  #note(line: string): void {
    const found = /^link (\d+) (\d+) (\d+)$/.exec(line);
    if (found) this.#byInode.set(BigInt(found[1]!), { uid: Number(found[2]), gid: Number(found[3]) });
  }

  #failed(): SlipwayError {
    const why = this.#complaint.trim() || 'it ended';
    const message = `the program that records owners failed (${why}), so that the image would have wrong ones`;
    return new SlipwayError('internal', 'OWNER_SUPERVISOR', message, {
      hint: 'with /etc/subuid and /etc/subgid for this user, and newuidmap, none is needed',
    });
  }
}
