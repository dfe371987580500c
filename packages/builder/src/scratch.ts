import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const OWNER_FILE = 'owner.json';
/** A folder whose owner cannot be looked up (another machine, another pid namespace) is left alone this long. */
const FOREIGN_AGE_MS = 24 * 3600 * 1000;
/** A folder without an owner is one that is being made, or whose maker was killed right then. */
const UNOWNED_AGE_MS = 60_000;

/** The process that a build belongs to: the one that asked for it, seen from outside the worker's namespaces. */
export interface Owner {
  readonly pid: number;
  /** Start of the process in clock ticks since boot: a pid alone may be another process by now. */
  readonly started: string;
  readonly boot: string;
  readonly pidNamespace: string;
}

/** The folder that one build writes into; it is removed with all its content when the build ends. */
export class Scratch implements AsyncDisposable {
  readonly folder: string;
  readonly #cleanup = new AsyncDisposableStack();
  #count = 0;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Makes a folder of its own below `root`. */
  static async create(root: string, owner: Owner): Promise<Scratch> {
    const folder = join(root, randomBytes(6).toString('hex'));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(join(folder, OWNER_FILE), JSON.stringify(owner));
    return new Scratch(folder);
  }

  /** A new empty folder inside, named for its purpose. */
  async subfolder(purpose: string): Promise<string> {
    this.#count += 1;
    const folder = join(this.folder, `${this.#count}-${purpose}`);
    await mkdir(folder);
    return folder;
  }

  /** Before the folder is removed, what was deferred last is done first: a mount in it, for example, is taken away. */
  defer(action: () => Promise<void>): void {
    this.#cleanup.defer(action);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanup.disposeAsync();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** The folders of builds whose owner was killed; the processes of such a build are gone with its pid namespace. */
export async function findAbandoned(root: string): Promise<string[]> {
  const folders = (await readdir(root).catch(() => [])).map((name) => join(root, name));
  const abandoned = await Promise.all(folders.map(isAbandoned));
  return folders.filter((_, index) => abandoned[index]);
}

async function isAbandoned(folder: string): Promise<boolean> {
  const age = Date.now() - ((await stat(folder).catch(() => undefined))?.mtimeMs ?? Date.now());
  const text = await readFile(join(folder, OWNER_FILE), 'utf8').catch(() => undefined);
  if (text === undefined) return age > UNOWNED_AGE_MS;
  const owner = parseOwner(text);
  if (!owner) return age > UNOWNED_AGE_MS;
  const self = thisProcess();
  if (owner.boot === self.boot && owner.pidNamespace !== self.pidNamespace) return age > FOREIGN_AGE_MS;
  return owner.boot !== self.boot || startTime(owner.pid) !== owner.started;
}

function parseOwner(text: string): Owner | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Killed while it was written.
  }
}

/** Names this process for good. */
export function thisProcess(): Owner {
  return {
    pid: process.pid,
    started: startTime(process.pid) ?? '',
    boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    pidNamespace: readlinkSync('/proc/self/ns/pid'),
  };
}

/** Field 22 of /proc/<pid>/stat; the program's name before it may hold anything, and ends at the last `)`. */
function startTime(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined; // No such process.
  }
}
