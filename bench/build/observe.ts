import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const CGROUPS = '/sys/fs/cgroup';
/** How often the memory of the processes is read. */
const SAMPLE_MS = 40;

/** What one command cost. */
export interface Cost {
  /** Seconds. */
  readonly wall: number;
  /** Seconds of all processes, user and system. */
  readonly cpu: number;
  /** Peak of the sum over all processes, in MB. */
  readonly tree: number;
  /** The same without what RUN runs: the builder itself. */
  readonly builder: number;
  /** The largest process of the builder itself, in MB. */
  readonly largest: number;
}

/**
 * A control group for one builder: its processor time counts children that are long gone, and it knows which processes are
 * its own. On cgroup v1 the hierarchy `cpuacct`, on v2 the only one.
 */
export class Observed implements Disposable {
  /** As `dockerd --cgroup-parent` wants it. */
  readonly name: string;
  readonly #folder: string;

  constructor(name: string) {
    const v1 = join(CGROUPS, 'cpuacct');
    this.name = `/slipway-bench-${process.pid}-${name}`;
    this.#folder = join(existsSync(v1) ? v1 : CGROUPS, this.name);
    mkdirSync(join(this.#folder, 'own'), { recursive: true });
  }

  /** The command that runs another inside the group. */
  inside(command: readonly string[]): string[] {
    return ['sh', '-c', `echo $$ > ${this.#folder}/own/cgroup.procs; exec "$@"`, 'sh', ...command];
  }

  /** Runs a command to its end. Throws with the end of its output where it fails. */
  async run(command: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Cost> {
    const before = this.#cpuSeconds();
    const peak = { tree: 0, builder: 0, largest: 0 };
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
    const timer = setInterval(() => this.#sample(peak), SAMPLE_MS);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    });
    const wall = (performance.now() - started) / 1000;
    clearInterval(timer);
    if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}:\n${output}`);
    return { wall, cpu: this.#cpuSeconds() - before, ...peak };
  }

  #cpuSeconds(): number {
    const v1 = join(this.#folder, 'cpuacct.usage');
    if (existsSync(v1)) return Number(readFileSync(v1, 'utf8')) / 1e9;
    return Number(/usage_usec (\d+)/.exec(readFileSync(join(this.#folder, 'cpu.stat'), 'utf8'))?.[1]) / 1e6;
  }

  #sample(peak: { tree: number; builder: number; largest: number }): void {
    const root = statSync('/');
    let tree = 0;
    let builder = 0;
    for (const pid of processesOf(this.#folder)) {
      const size = residentMegabytes(pid);
      tree += size;
      // What a RUN runs has another root folder.
      const top = statSync(`/proc/${pid}/root/.`, { throwIfNoEntry: false });
      if (top?.dev !== root.dev || top.ino !== root.ino) continue;
      builder += size;
      peak.largest = Math.max(peak.largest, size);
    }
    peak.tree = Math.max(peak.tree, tree);
    peak.builder = Math.max(peak.builder, builder);
  }

  [Symbol.dispose](): void {
    removeGroup(this.#folder);
    // runc makes the groups of containers in every hierarchy of cgroup v1.
    for (const hierarchy of readdirSync(CGROUPS)) removeGroup(join(CGROUPS, hierarchy, this.name));
  }
}

function processesOf(folder: string): number[] {
  const own = readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  const groups = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [
    ...own,
    ...groups.flatMap(({ name }) => (existsSync(join(folder, name)) ? processesOf(join(folder, name)) : [])),
  ];
}

function residentMegabytes(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1000;
  } catch {
    return 0; // It has just ended.
  }
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
