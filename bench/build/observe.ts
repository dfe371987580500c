import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { type Memory, MemoryPeaks, orElse } from './memory.ts';

const CGROUPS = '/sys/fs/cgroup';

/** What one command cost. */
export interface Cost extends Memory {
  /** Seconds. */
  readonly wall: number;
  /** Seconds of all processes, user and system. */
  readonly cpu: number;
  /** Seconds of processor time that looking at it cost. */
  readonly observer: number;
  /** Load average of the machine at the end. */
  readonly load: number;
}

/**
 * A control group for one builder: its processor time counts children that are long gone, and it knows which processes are
 * its own. On cgroup v1 the hierarchy `cpuacct`, on v2 the only one.
 */
export class Observed implements Disposable {
  /** As `dockerd --cgroup-parent` wants it. */
  readonly name: string;
  readonly #folder: string;
  readonly #isOwn: (pid: number) => boolean;

  /** `isOwn` tells the builder's processes from those of RUN; by default by their root folder. */
  constructor(name: string, isOwn: (pid: number) => boolean = hasOurRoot) {
    const v1 = join(CGROUPS, 'cpuacct');
    this.name = `/slipway-bench-${process.pid}-${name}`;
    this.#folder = join(existsSync(v1) ? v1 : CGROUPS, this.name);
    this.#isOwn = isOwn;
    mkdirSync(join(this.#folder, 'own'), { recursive: true });
  }

  /** The command that runs another inside the group. */
  inside(command: readonly string[]): string[] {
    return ['sh', '-c', `echo $$ > ${this.#folder}/own/cgroup.procs; exec "$@"`, 'sh', ...command];
  }

  /** Runs a command to its end. Throws with the end of its output where it fails. */
  async run(command: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Cost> {
    const before = this.#cpuSeconds();
    using peaks = new MemoryPeaks(() => processesOf(this.#folder), this.#isOwn);
    const started = performance.now();
    const [file, ...args] = this.inside(command);
    const child = spawn(file!, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output = (output + String(chunk)).slice(-4000);
      });
    }
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    });
    const wall = (performance.now() - started) / 1000;
    if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}:\n${output}`);
    const cpu = this.#cpuSeconds() - before;
    return { wall, cpu, ...peaks.values, observer: peaks.cpu, load: loadavg()[0]! };
  }

  #cpuSeconds(): number {
    const v1 = join(this.#folder, 'cpuacct.usage');
    if (existsSync(v1)) return Number(readFileSync(v1, 'utf8')) / 1e9;
    return Number(/usage_usec (\d+)/.exec(readFileSync(join(this.#folder, 'cpu.stat'), 'utf8'))?.[1]) / 1e6;
  }

  [Symbol.dispose](): void {
    removeGroup(this.#folder);
    // runc makes the groups of containers in every hierarchy of cgroup v1.
    for (const hierarchy of readdirSync(CGROUPS)) removeGroup(join(CGROUPS, hierarchy, this.name));
  }
}

/** What a RUN runs has another root folder. */
function hasOurRoot(pid: number): boolean {
  const [ours, its] = [statSync('/'), statSync(`/proc/${pid}/root/.`)];
  return its.dev === ours.dev && its.ino === ours.ino;
}

function processesOf(folder: string): number[] {
  const own = orElse(() => readFileSync(join(folder, 'cgroup.procs'), 'latin1'), '');
  // Two links are its own: listing a group that has no others in it would be most of the work.
  const isLeaf = orElse(() => statSync(folder).nlink, 0) <= 2;
  const groups = isLeaf ? [] : orElse(() => readdirSync(folder, { withFileTypes: true }), []);
  return [
    ...own.split('\n').filter(Boolean).map(Number),
    ...groups.flatMap((entry) => (entry.isDirectory() ? processesOf(join(folder, entry.name)) : [])),
  ];
}

function removeGroup(folder: string): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeGroup(join(folder, entry.name));
  try {
    rmdirSync(folder);
  } catch {
    // A process that ends right now still counts; an empty group costs nothing.
  }
}
