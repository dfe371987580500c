import { readFile, rename, writeFile } from 'node:fs/promises';
import type { ContainerStateTerminated } from '@slipway/kube';

/** How far one container is. */
export interface ContainerProgress {
  /** Runs that ended before the present one. */
  restarts: number;
  image?: string;
  imageId?: string;
  /** RFC 3339; set once the present run has started. */
  startedAt?: string;
  /** The present run, when it ended. */
  ended?: ContainerStateTerminated;
  /** The run before. */
  last?: ContainerStateTerminated;
}

interface ProgressFile {
  startTime: string;
  containers: Record<string, ContainerProgress>;
}

/** What a later process of ours must know of a pod to go on where this one was; written before each thing it tells of. */
export class PodProgress {
  readonly #file: string;
  readonly #state: ProgressFile;
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: string, state: ProgressFile) {
    this.#file = file;
    this.#state = state;
  }

  static async open(file: string, now: Date): Promise<PodProgress> {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    const state = text === undefined ? { startTime: now.toISOString(), containers: {} } : JSON.parse(text);
    return new PodProgress(file, state);
  }

  get startTime(): Date {
    return new Date(this.#state.startTime);
  }

  container(name: string): Readonly<ContainerProgress> {
    return this.#state.containers[name] ?? { restarts: 0 };
  }

  /** Resolves when the change is on disk. */
  async update(name: string, change: Partial<ContainerProgress>): Promise<void> {
    this.#state.containers[name] = { ...this.container(name), ...change };
    await this.#save();
  }

  /** Makes ready for the next run of a container. */
  async restart(name: string): Promise<void> {
    const { restarts, startedAt: _, ended, ...kept } = this.container(name);
    this.#state.containers[name] = { ...kept, restarts: restarts + 1, ...(ended ? { last: ended } : {}) };
    await this.#save();
  }

  #save(): Promise<void> {
    const write = async (): Promise<void> => {
      const temporary = `${this.#file}.new`;
      await writeFile(temporary, JSON.stringify(this.#state));
      await rename(temporary, this.#file);
    };
    this.#writing = this.#writing.catch(() => {}).then(write);
    return this.#writing;
  }
}
