import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { removeCgroupBelowOwn } from '@slipway/containers';
import { type ProcessIdentity, processStart, thisProcess } from '@slipway/core';

const OWNER_FILE = 'owner.json';
/** A folder whose owner cannot be looked up (another machine, another pid namespace) is left alone this long. */
const FOREIGN_AGE_MS = 24 * 3600 * 1000;
/** A folder without an owner is one that is being made, or whose maker was killed right then. */
const UNOWNED_AGE_MS = 60_000;

/** The folder that one build writes into; it is removed with all its content when the build ends. */
export class Scratch implements AsyncDisposable {
  readonly folder: string;
  readonly #cleanup = new AsyncDisposableStack();
  #count = 0;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Makes a folder of its own below `root`. It belongs to the process that asked for the build, seen from outside the worker's namespaces. */
  static async create(root: string, owner: ProcessIdentity): Promise<Scratch> {
    const folder = join(root, randomBytes(6).toString('hex'));
    // Without trips to the thread pool: most of these folders live for some milliseconds.
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, OWNER_FILE), JSON.stringify(owner));
    return new Scratch(folder);
  }

  /** A new empty folder inside, named for its purpose. */
  async subfolder(purpose: string): Promise<string> {
    this.#count += 1;
    const folder = join(this.folder, `${this.#count}-${purpose}`);
    await mkdir(folder);
    return folder;
  }

  /** The container that is run from a subfolder of this build: names it for the machine. */
  containerId(bundle: string): string {
    return containerId(this.folder, basename(bundle));
  }

  /** Before the folder is removed, what was deferred last is done first: a mount in it, for example, is taken away. */
  defer(action: () => Promise<void>): void {
    this.#cleanup.defer(action);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanup.disposeAsync();
    // The last thing that a build does: one call takes a tenth of the time of many trips to the thread pool.
    if (!this.#removeUnused()) rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  #removeUnused(): boolean {
    if (this.#count > 0) return false;
    try {
      unlinkSync(join(this.folder, OWNER_FILE));
      rmdirSync(this.folder);
      return true;
    } catch {
      return false;
    }
  }
}

function containerId(folder: string, bundle: string): string {
  return `build-${basename(folder)}-${bundle}`;
}

/** Removes the folder of a killed build, and the empty cgroups of what it ran. */
export async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => []))
    await removeCgroupBelowOwn(containerId(folder, name));
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** The folders of builds whose owner was killed; the processes of such a build are gone with its pid namespace. */
export async function findAbandoned(root: string): Promise<string[]> {
  const folders = namesIn(root).map((name) => join(root, name));
  const abandoned = await Promise.all(folders.map(isAbandoned));
  return folders.filter((_, index) => abandoned[index]);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // Nothing was built here yet.
  }
}

async function isAbandoned(folder: string): Promise<boolean> {
  const age = Date.now() - ((await stat(folder).catch(() => undefined))?.mtimeMs ?? Date.now());
  const text = await readFile(join(folder, OWNER_FILE), 'utf8').catch(() => undefined);
  if (text === undefined) return age > UNOWNED_AGE_MS;
  const owner = parseOwner(text);
  if (!owner) return age > UNOWNED_AGE_MS;
  const self = thisProcess();
  if (owner.boot === self.boot && owner.pidNamespace !== self.pidNamespace) return age > FOREIGN_AGE_MS;
  return owner.boot !== self.boot || processStart(owner.pid) !== owner.started;
}

function parseOwner(text: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Killed while it was written.
  }
}
