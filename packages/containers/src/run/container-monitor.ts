import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { processStart } from '@slipway/core';
import { executeOrThrow } from '../process/execute.ts';
import { createUnderConmon } from './conmon.ts';
import { type ContainerRecord, readRecord, writeRecord } from './container-record.ts';
import { execInContainer } from './exec.ts';
import { ExitWatcher } from './exit-watcher.ts';
import { removeContainer } from './foreground.ts';
import { MonitoredContainer } from './monitored-container.ts';
import type { Runtime } from './runtime.ts';
import { runtimeError } from './runtime-log.ts';

export interface MonitorOptions {
  readonly runtime: Runtime;
  /** Absolute path of conmon. */
  readonly conmon: string;
  /** Holds everything that a later process needs to find the containers again. */
  readonly stateDir: string;
}

export interface StartOptions {
  /** Unique: a file name of letters, digits, `-`, `_` and `.`. */
  readonly id: string;
  /** Folder with config.json. */
  readonly bundle: string;
  /** File for the output in the Kubernetes log format: `<RFC3339Nano> stdout|stderr F|P <text>`. */
  readonly logPath: string;
  /** The bundle's cgroup, to tell whether memory ran out. */
  readonly cgroupsPath?: string | undefined;
}

/** Containers that conmon holds: they go on, and their output is kept, when our process is killed. */
export class ContainerMonitor {
  readonly #options: MonitorOptions;
  readonly #exits: ExitWatcher;

  constructor(options: MonitorOptions) {
    this.#options = options;
    this.#exits = new ExitWatcher(join(options.stateDir, 'exits'));
  }

  /** Starts a container. Throws CONTAINER_CANNOT_RUN when its program cannot be started; then nothing is left of it. */
  async start(options: StartOptions): Promise<MonitoredContainer> {
    const folder = await this.#prepare(options.id);
    try {
      const record = await this.#create(folder, options);
      await writeRecord(folder, record);
      await this.#startCreated(options.id);
      return this.#container(folder, record);
    } catch (error) {
      await this.#forget(options.id);
      throw error;
    }
  }

  /**
   * The container of that id which an earlier process of ours started, running or ended; undefined when there is none.
   * One that was made but never started is removed.
   */
  async attach(id: string): Promise<MonitoredContainer | undefined> {
    const folder = this.#folder(id);
    const record = await readRecord(folder);
    if (record !== undefined && ((await this.#exits.read(id)) || (await this.#wasStarted(id)))) {
      return this.#container(folder, record);
    }
    await this.#forget(id);
    return undefined;
  }

  /** The ids of all containers that are not removed. */
  async list(): Promise<string[]> {
    return await readdir(join(this.#options.stateDir, 'containers')).catch(() => []);
  }

  /**
   * The pid of a live conmon of this state folder: it is in the user and mount namespace of the process that started
   * it, so `reexecInUserNamespace({join})` leads back to its containers. Undefined when none runs.
   */
  static async namespaceHolder(stateDir: string): Promise<number | undefined> {
    const root = join(stateDir, 'containers');
    for (const id of await readdir(root).catch(() => [])) {
      const record = await readRecord(join(root, id));
      if (record && processStart(record.conmonPid) === record.conmonStart) return record.conmonPid;
    }
    return undefined;
  }

  async #prepare(id: string): Promise<string> {
    const folder = this.#folder(id);
    await mkdir(folder, { recursive: true });
    await mkdir(join(this.#options.stateDir, 'exits'), { recursive: true });
    await rm(join(this.#options.stateDir, 'exits', id), { force: true });
    return folder;
  }

  async #create(folder: string, options: StartOptions): Promise<ContainerRecord> {
    const pid = await createUnderConmon({
      ...this.#options,
      ...options,
      folder,
      runtimeRoot: this.#runtimeRoot,
      exitDir: join(this.#options.stateDir, 'exits'),
    });
    const conmonPid = Number(await readFile(join(folder, 'conmon.pid'), 'utf8'));
    return {
      id: options.id,
      pid,
      pidStart: processStart(pid) ?? '',
      conmonPid,
      conmonStart: processStart(conmonPid) ?? '',
      startedAt: new Date().toISOString(),
      ...(options.cgroupsPath === undefined ? {} : { cgroupsPath: options.cgroupsPath }),
    };
  }

  async #startCreated(id: string): Promise<void> {
    const args = ['--root', this.#runtimeRoot, 'start', id];
    await executeOrThrow(this.#options.runtime.path, args, {
      code: 'RUNTIME_FAILED',
      what: 'the container could not be started',
    }).catch((error) => {
      throw runtimeError(error.message);
    });
  }

  /** A container that waits in `created` was given up between two of our calls. */
  async #wasStarted(id: string): Promise<boolean> {
    const args = ['--root', this.#runtimeRoot, 'state', id];
    const options = { code: 'RUNTIME_FAILED', what: `no state of container ${id}` };
    const text = await executeOrThrow(this.#options.runtime.path, args, options).catch(
      () => '{"status":"unknown"}',
    );
    return (JSON.parse(text) as { status: string }).status !== 'created';
  }

  async #forget(id: string): Promise<void> {
    await removeContainer(this.#options.runtime, this.#runtimeRoot, id);
    await rm(this.#folder(id), { recursive: true, force: true });
    await rm(join(this.#options.stateDir, 'exits', id), { force: true });
  }

  #container(folder: string, record: ContainerRecord): MonitoredContainer {
    return new MonitoredContainer({
      record,
      folder,
      exits: this.#exits,
      remove: () => this.#forget(record.id),
      exec: (options) => execInContainer(this.#options.runtime, this.#runtimeRoot, record.id, options),
    });
  }

  #folder(id: string): string {
    return join(this.#options.stateDir, 'containers', id);
  }

  get #runtimeRoot(): string {
    return join(this.#options.stateDir, 'runtime');
  }
}
