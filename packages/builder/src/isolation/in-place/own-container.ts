import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { type MountEntry, ownCapabilities, parseMountInfo } from '@slipway/containers';
import { SlipwayError } from '@slipway/core';

/** The executor image alone has this folder, on its root file system, with the programs that a build in place needs. */
const FOLDER = '/kaniko/in-place';

/** The numbers that the kernel gives the machine's own namespaces (include/uapi/linux/nsfs.h, PROC_PID_INIT_INO). */
const INITIAL: Readonly<Record<string, string>> = { pid: '4026531836', mnt: '4026531832' };

/** Root file systems that container runtimes make, and that nothing of the machine is on. */
const CONTAINER_ROOTS: ReadonlySet<string> = new Set(['overlay', 'fuse.fuse-overlayfs']);

/** Without these no file of another owner can be put where it belongs. */
const NEEDED: readonly string[] = ['CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_FOWNER'];

/** What decides whether the root folder may be replaced. */
export interface RootFacts {
  readonly uid: number;
  readonly capabilities: readonly string[];
  /** The numbers of this process's namespaces. */
  readonly namespaces: { readonly pid: string; readonly mnt: string };
  /** As /proc/self/mountinfo has them, in the order of mounting. */
  readonly mounts: readonly MountEntry[];
  /** Whether the executor image's mark is there, and on the root file system itself. */
  readonly marked: boolean;
}

/** Why the root folder may not be replaced; undefined where it surely belongs to a container that is there for builds only. */
export function whyNotOwn({ uid, capabilities, namespaces, mounts, marked }: RootFacts): string | undefined {
  if (!marked) return 'this is not a container of the executor image, which alone is made for that';
  if (namespaces.pid === INITIAL.pid) return "this process is in the machine's own pid namespace";
  if (namespaces.mnt === INITIAL.mnt) return "this process is in the machine's own mount namespace";
  const root = mounts.findLast(({ target }) => target === '/');
  if (root === undefined) return 'the root folder is no mount of its own';
  if (!CONTAINER_ROOTS.has(root.filesystem))
    return `the root file system is ${root.filesystem}, not the overlay of a container`;
  if (uid !== 0) return 'it takes root';
  const missing = NEEDED.filter((name) => !capabilities.includes(name));
  return missing.length === 0 ? undefined : `root lacks ${missing.join(', ')}`;
}

/**
 * A container whose root folder may be replaced. Only this class hands out the right to delete there, and it looks again
 * each time.
 */
export class OwnContainer {
  /** A folder of the image on the root file system that no build touches. */
  readonly folder: string = FOLDER;
  /** The device of the root file system: what is on another is not deleted. */
  readonly device: bigint;

  private constructor() {
    this.device = deviceOf('/')!;
  }

  /** Throws ISOLATION_UNAVAILABLE where this is no such container. */
  static require(): OwnContainer {
    const why = whyNotOwn(lookAtRoot());
    if (why === undefined) return new OwnContainer();
    throw new SlipwayError('unsupported', 'ISOLATION_UNAVAILABLE', `nothing is built in place here: ${why}`, {
      hint: 'a build in place replaces all files of its container, so it runs in one of slipway/executor only, as root; --isolation auto finds what this place allows',
    });
  }

  /** The folders and files that something is mounted on, now. Throws ISOLATION_UNAVAILABLE. */
  mountPoints(): string[] {
    OwnContainer.require();
    return mounts().flatMap(({ target }) => (target === '/' ? [] : [target]));
  }
}

function lookAtRoot(): RootFacts {
  return {
    uid: process.getuid!(),
    capabilities: ownCapabilities(),
    namespaces: { pid: namespace('pid'), mnt: namespace('mnt') },
    mounts: mounts(),
    marked: isMarked(),
  };
}

function mounts(): MountEntry[] {
  return parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8'));
}

/** The number of one of this process's namespaces (namespaces(7)). */
export function namespace(kind: 'pid' | 'mnt'): string {
  return /\d+/.exec(readlinkSync(`/proc/self/ns/${kind}`))![0];
}

/** A folder that is mounted there, or is reached by a link, says nothing of the root file system. */
function isMarked(): boolean {
  const root = deviceOf('/');
  const isOwn = [FOLDER.slice(0, FOLDER.lastIndexOf('/')), FOLDER].every((path) => deviceOf(path) === root);
  return isOwn && lstatSync(`${FOLDER}/executor`, { throwIfNoEntry: false })?.isFile() === true;
}

function deviceOf(folder: string): bigint | undefined {
  const stat = lstatSync(folder, { bigint: true, throwIfNoEntry: false });
  return stat?.isDirectory() ? stat.dev : undefined;
}
