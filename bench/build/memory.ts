import { readFileSync } from 'node:fs';

/** How often the memory of the processes is read, */
const SAMPLE_MS = 50;
/** and how often after the first second: looking should cost less than 3 % of a core. */
const LATER_SAMPLE_MS = 100;
/** Time between two looks at their mappings, which cost the kernel a walk through all pages, */
const MAPPINGS_MS = 500;
/** and the least one, where the builder has grown by this much since the last. */
const MAPPINGS_GROWING_MS = 150;
const GROWTH = 1.05;
/** In the kB of proc(5). */
const PAGE = 4;

/** Peaks in MB, of 1,000 kB as proc(5) counts them. */
export interface Memory {
  /** Sum over all processes, resident size. */
  readonly tree: number;
  /** The same without what RUN runs: the builder itself. */
  readonly builder: number;
  /** The largest process of the builder itself. */
  readonly largest: number;
  /** The builder itself, by proportional size: a page that n processes of the machine map counts 1/n for each. */
  readonly pss: number;
  /** The builder itself, each page of a file once however many of its processes map it. */
  readonly once: number;
}

/** Peaks of the memory of some processes, from looking at them again and again until it is disposed of. */
export class MemoryPeaks implements Disposable {
  readonly #processes: () => readonly number[];
  readonly #isOwn: (pid: number) => boolean;
  #timer: NodeJS.Timeout;
  #cpu = 0;
  readonly #peak: { -readonly [field in keyof Memory]: number } = {
    tree: 0,
    builder: 0,
    largest: 0,
    pss: 0,
    once: 0,
  };
  /** Time and size of the last look at the mappings. */
  #looked = { at: Number.NEGATIVE_INFINITY, size: 0 };

  /** `isOwn` may throw for a process that has just ended. */
  constructor(processes: () => readonly number[], isOwn: (pid: number) => boolean) {
    this.#processes = processes;
    this.#isOwn = isOwn;
    const started = performance.now();
    const look = (): void => {
      const before = process.cpuUsage();
      this.#sample();
      const { user, system } = process.cpuUsage(before);
      this.#cpu += (user + system) / 1e6;
      this.#timer = setTimeout(look, performance.now() < started + 1000 ? SAMPLE_MS : LATER_SAMPLE_MS);
    };
    this.#timer = setTimeout(look, SAMPLE_MS);
  }

  get values(): Memory {
    return { ...this.#peak };
  }

  /** Seconds of processor time that looking took. */
  get cpu(): number {
    return this.#cpu;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #sample(): void {
    const own: number[] = [];
    let tree = 0;
    let builder = 0;
    for (const pid of this.#processes()) {
      const size = resident(pid);
      tree += size;
      if (size === 0 || !orElse(() => this.#isOwn(pid), false)) continue;
      own.push(pid);
      builder += size;
      this.#peak.largest = Math.max(this.#peak.largest, size);
    }
    this.#peak.tree = Math.max(this.#peak.tree, tree);
    this.#peak.builder = Math.max(this.#peak.builder, builder);
    const now = performance.now();
    const isGrowing = builder > GROWTH * this.#looked.size;
    if (now < this.#looked.at + (isGrowing ? MAPPINGS_GROWING_MS : MAPPINGS_MS)) return;
    this.#looked = { at: now, size: builder };
    this.#readMappings(own);
  }

  #readMappings(pids: readonly number[]): void {
    const files = new Map<string, number>();
    let anonymous = 0;
    let pss = 0;
    for (const pid of pids) {
      for (const mapping of mappings(pid)) {
        pss += mapping.pss;
        anonymous += mapping.anonymous;
        const before = files.get(mapping.key) ?? 0;
        files.set(mapping.key, Math.max(before, mapping.resident - mapping.anonymous));
      }
    }
    const once = [...files.values()].reduce((sum, size) => sum + size, anonymous);
    this.#peak.pss = Math.max(this.#peak.pss, pss);
    // Two processes may have different pages of a file: the proportional size is a lower bound as well.
    this.#peak.once = Math.max(this.#peak.once, once, pss);
  }
}

/** For files of a process or a control group, which end at any time. */
export function orElse<T>(read: () => T, gone: T): T {
  try {
    return read();
  } catch {
    return gone; // It has just ended.
  }
}

/** In MB; 0 for a process that has ended. */
function resident(pid: number): number {
  const pages = orElse(() => readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1], '0');
  return (Number(pages) * PAGE) / 1000;
}

interface Mapping {
  /** Device, inode and offset: the same pages in every process. */
  readonly key: string;
  readonly resident: number;
  readonly anonymous: number;
  readonly pss: number;
}

const MAPPING =
  /^[0-9a-f]+-[0-9a-f]+ \S+ (\S+ \S+ \d+).*\n(?:.*\n)*?Rss: +(\d+) kB\nPss: +(\d+) kB\n(?:.*\n)*?Anonymous: +(\d+) kB$/gm;

/** Mappings of a process that have pages, in MB (proc_pid_smaps(5)). */
function mappings(pid: number): Mapping[] {
  const text = orElse(() => readFileSync(`/proc/${pid}/smaps`, 'latin1'), '');
  const megabytes = (kilobytes: string | undefined): number => Number(kilobytes) / 1000;
  return [...text.matchAll(MAPPING)].map(([, key, rss, pss, anonymous]) => ({
    key: key!,
    resident: megabytes(rss),
    anonymous: megabytes(anonymous),
    pss: megabytes(pss),
  }));
}
