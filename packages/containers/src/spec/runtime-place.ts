import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { ownCapabilities } from '../machine/capabilities.ts';
import { parseMountInfo } from '../machine/mount-table.ts';
import { contiguousIds, idRanges, inInitialUserNamespace } from '../machine/user-namespace.ts';

/** What the place where this process runs lets a container have. */
export interface RuntimePlace {
  /** Inside some user namespace: no sysfs, no cgroups, devices only by bind. */
  readonly userNamespace: boolean;
  /** Group ids that exist, counted from 0. */
  readonly gids: number;
  /** Whether the kernel lets a new pid namespace have its own /proc here. */
  readonly ownProc: boolean;
  /** Whether we may make cgroups, so that limits hold. */
  readonly cgroups: boolean;
  readonly capabilities: readonly string[];
}

let known: RuntimePlace | undefined;

/** Looks once at where this process runs; the answer does not change while it runs. */
export function runtimePlace(): RuntimePlace {
  known ??= lookAround();
  return known;
}

function lookAround(): RuntimePlace {
  const userNamespace = !inInitialUserNamespace();
  return {
    userNamespace,
    gids: contiguousIds(idRanges('gid')),
    ownProc: !userNamespace || !procIsMasked(),
    cgroups: !userNamespace && cgroupsWritable(),
    capabilities: ownCapabilities(),
  };
}

/** The kernel refuses a new proc mount where the visible one is partly covered (mount_too_revealing). */
export function procIsMasked(): boolean {
  const mounts = parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8'));
  return mounts.some(({ target }) => target.startsWith('/proc/') && target !== '/proc/sys/fs/binfmt_misc');
}

function cgroupsWritable(): boolean {
  const root = existsSync('/sys/fs/cgroup/memory') ? '/sys/fs/cgroup/memory' : '/sys/fs/cgroup';
  try {
    accessSync(root, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
