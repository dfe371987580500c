import { spawnSync } from 'node:child_process';
import {
  type BigIntStats,
  chmodSync,
  cpSync,
  existsSync,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type BytePath, bytePath, hostPath, parentPath } from '../../copy/byte-path.ts';
import { lstatInRoot, resolveInRoot } from '../../copy/resolve-in-root.ts';
import type { Mount } from '../run-mount.ts';

const DEVICES: readonly (readonly [name: string, major: number, minor: number])[] = [
  ['null', 1, 3],
  ['zero', 1, 5],
  ['full', 1, 7],
  ['random', 1, 8],
  ['urandom', 1, 9],
  ['tty', 5, 0],
];

interface GuestOptions {
  /** Whether /dev is to have devices. Default true. */
  readonly devices?: boolean;
  /** Whether a writable folder and a socket come as links: the root reaches them, on another file system. Default false. */
  readonly links?: boolean;
}

/**
 * Puts what a RUN sees but the image does not keep into the root filesystem itself, where nothing can be mounted:
 * devices, the place's files, caches, secrets. Disposing takes all of it out and puts back what was there.
 */
export class Guests implements Disposable {
  readonly #undo: (() => void)[] = [];
  readonly #root: string;
  readonly #aside: string;
  readonly #links: boolean;
  /** What is put aside while the guests are there, as byte strings. */
  readonly displaced: Set<string> = new Set();
  /** The folders that guests come into, with their times before that. */
  readonly #hosts = new Map<BytePath, BigIntStats>();

  private constructor(root: string, aside: string, links: boolean) {
    this.#root = root;
    this.#aside = aside;
    this.#links = links;
  }

  /** `aside`: a folder on the same file system, outside the root. */
  static async receive(
    root: string,
    aside: string,
    mounts: readonly Mount[],
    { devices = true, links = false }: GuestOptions = {},
  ): Promise<Guests> {
    await mkdir(aside, { recursive: true });
    const guests = new Guests(root, await mkdtemp(join(aside, 'guest-')), links);
    try {
      if (devices) guests.#devices();
      for (const mount of mounts) guests.#place(mount);
      guests.#setTimes((host) => guests.#hosts.get(host));
    } catch (error) {
      guests[Symbol.dispose]();
      throw error;
    }
    return guests;
  }

  #devices(): void {
    const folder = this.#setAside('/dev');
    mkdirSync(folder, { mode: 0o755 });
    for (const [name, major, minor] of DEVICES) {
      spawnSync('mknod', ['-m', '666', join(folder, name), 'c', `${major}`, `${minor}`], { stdio: 'ignore' });
    }
    mkdirSync(join(folder, 'shm'), { mode: 0o1777 });
  }

  #place(mount: Mount): void {
    const target = this.#setAside(mount.target);
    if (mount.type === 'tmpfs') {
      mkdirSync(target);
      chmodSync(target, 0o1777); // whatever the umask is
    } else if (this.#links && (mount.kind === 'socket' || (mount.kind === 'folder' && !mount.readOnly))) {
      symlinkSync(mount.source!, target);
    } else if (mount.kind === 'socket') {
      linkSync(mount.source!, target); // another name of it: whoever connects there reaches the same listener
    } else if (mount.readOnly || mount.kind === 'file') {
      cpSync(mount.source!, target, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
      const { uid, gid } = lstatSync(mount.source!);
      lchownSync(target, uid, gid);
    } else {
      // A cache is moved in and out again: what the RUN leaves in it is what it is for.
      renameSync(mount.source!, target);
      this.#undo.push(() => renameSync(target, mount.source!));
    }
  }

  /** Makes room at a path: what is there is put aside, missing folders above it are made. Returns the path on this machine. */
  #setAside(path: string): string {
    const inside = resolveInRoot(this.#root, bytePath(path));
    const target = hostPath(this.#root, inside).toString();
    for (let folder = parentPath(inside); folder !== ''; folder = parentPath(folder)) {
      if (!lstatInRoot(this.#root, folder)) {
        const made = hostPath(this.#root, folder).toString();
        this.#undo.push(() => rmSync(made, { recursive: true, force: true }));
      }
    }
    this.#noteHost(inside);
    mkdirSync(dirname(target), { recursive: true });
    const kept = join(this.#aside, `${this.#undo.length}`);
    const existed = lstatSync(target, { throwIfNoEntry: false }) !== undefined;
    if (existed) {
      renameSync(target, kept);
      this.displaced.add(inside);
    }
    this.#undo.push(() => {
      rmSync(target, { recursive: true, force: true });
      if (existed && existsSync(kept)) renameSync(kept, target);
    });
    return target;
  }

  /** The nearest folder above the path that is the image's: what comes and goes in it must not change its time. */
  #noteHost(path: BytePath): void {
    let host = parentPath(path);
    while (host !== '' && !lstatInRoot(this.#root, host)) host = parentPath(host);
    const stat = lstatInRoot(this.#root, host);
    if (stat && !this.#hosts.has(host)) this.#hosts.set(host, stat);
  }

  #setTimes(timesOf: (host: BytePath) => BigIntStats | undefined): void {
    for (const host of this.#hosts.keys()) {
      const times = timesOf(host);
      if (!times || !lstatInRoot(this.#root, host)?.isDirectory()) continue;
      const [atime, mtime] = [Number(times.atimeNs) / 1e9, Number(times.mtimeNs) / 1e9];
      lutimesSync(hostPath(this.#root, host), atime, mtime);
    }
  }

  [Symbol.dispose](): void {
    // What the RUN changed in these folders shows in their times now; what the guests change in leaving must not.
    const times = new Map([...this.#hosts.keys()].map((host) => [host, lstatInRoot(this.#root, host)]));
    for (const undo of this.#undo.reverse()) undo();
    this.#setTimes((host) => times.get(host));
    rmSync(this.#aside, { recursive: true, force: true });
  }
}
