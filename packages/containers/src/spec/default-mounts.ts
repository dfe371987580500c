import type { ContainerConfig } from './container-config.ts';
import type { RuntimePlace } from './runtime-place.ts';

/** A mount as config.json of the OCI runtime specification has it. */
export interface SpecMount {
  readonly destination: string;
  readonly type?: string;
  readonly source: string;
  readonly options?: readonly string[];
}

const DEFAULT_SHM_BYTES = 64 * 1024 * 1024;
/** The group of terminals, as every distribution numbers it. */
const TTY_GROUP = 5;

/** The mounts that every container has before its own: proc, dev, sys. */
export function defaultMounts(config: ContainerConfig, place: RuntimePlace): SpecMount[] {
  const shm = config.shmBytes ?? DEFAULT_SHM_BYTES;
  const tty = place.gids > TTY_GROUP ? [`gid=${TTY_GROUP}`] : [];
  return [
    procMount(config),
    filesystem('/dev', 'tmpfs', ['nosuid', 'strictatime', 'mode=755', 'size=65536k']),
    filesystem('/dev/pts', 'devpts', [
      'nosuid',
      'noexec',
      'newinstance',
      'ptmxmode=0666',
      'mode=0620',
      ...tty,
    ]),
    filesystem('/dev/shm', 'tmpfs', ['nosuid', 'noexec', 'nodev', 'mode=1777', `size=${shm}`], 'shm'),
    filesystem('/dev/mqueue', 'mqueue', ['nosuid', 'noexec', 'nodev']),
    ...sysMounts(config, place),
  ];
}

function procMount(config: ContainerConfig): SpecMount {
  if (config.pidNamespace !== 'shared') return filesystem('/proc', 'proc', ['nosuid', 'noexec', 'nodev']);
  return bind('/proc', '/proc', ['nosuid', 'noexec', 'nodev']);
}

function sysMounts(config: ContainerConfig, place: RuntimePlace): SpecMount[] {
  const access = config.privileged ? 'rw' : 'ro';
  const options = ['nosuid', 'noexec', 'nodev'];
  // Mounting sysfs needs a network namespace of one's own; what is there may be bound. The cgroups below it can be written to
  // by whoever owns them, which the root of a root's user namespace does: hence read-only with all that is mounted in it.
  if (place.userNamespace) return [bind('/sys', '/sys', [...options, 'ro', 'rro'])];
  const sys = filesystem('/sys', 'sysfs', [...options, access]);
  if (!place.cgroups) return [sys];
  return [sys, filesystem('/sys/fs/cgroup', 'cgroup', [...options, 'relatime', access])];
}

function filesystem(
  destination: string,
  type: string,
  options: readonly string[],
  source: string = type,
): SpecMount {
  return { destination, type, source, options };
}

function bind(source: string, destination: string, options: readonly string[]): SpecMount {
  return { destination, type: 'none', source, options: ['rbind', ...options] };
}
