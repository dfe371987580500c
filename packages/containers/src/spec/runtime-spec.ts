import { runtimeDefaultSeccomp } from '../seccomp/runtime-default.ts';
import type { BindMount, ContainerConfig, ContainerResources } from './container-config.ts';
import { defaultMounts, type SpecMount } from './default-mounts.ts';
import { DEVICE_RULES, machineDevices } from './devices.ts';
import { type RuntimePlace, runtimePlace } from './runtime-place.ts';

/** Hidden from containers: what tells about the machine or changes it (the list of containerd). */
const MASKED_PATHS: readonly string[] = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];
/** Hidden where the place's /sys is bound: other file systems that are mounted in it, which a new sysfs would not have. */
const MASKED_IN_BOUND_SYS: readonly string[] = [
  '/sys/fs/bpf',
  '/sys/fs/pstore',
  '/sys/fs/selinux',
  '/sys/kernel/config',
  '/sys/kernel/debug',
  '/sys/kernel/security',
  '/sys/kernel/tracing',
];
const READONLY_PATHS: readonly string[] = [
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
];

/** The config.json of an OCI bundle (runtime-spec 1.0.2) for this container, at this place. */
export function runtimeSpec(config: ContainerConfig, place: RuntimePlace = runtimePlace()): object {
  return {
    ociVersion: '1.0.2',
    process: processSpec(config, place),
    root: { path: config.rootfs, readonly: config.readonlyRootfs ?? false },
    ...(config.hostname === undefined ? {} : { hostname: config.hostname }),
    mounts: allMounts(config, place),
    annotations: config.annotations ?? {},
    linux: linuxSpec(config, place),
  };
}

function processSpec(config: ContainerConfig, place: RuntimePlace): object {
  const wanted = config.privileged ? place.capabilities : config.capabilities;
  const bounding = wanted.filter((name) => place.capabilities.includes(name));
  // As Docker: another user than root keeps the bounding set but starts with none.
  const held = config.user.uid === 0 ? bounding : [];
  return {
    terminal: false,
    user: {
      uid: config.user.uid,
      gid: config.user.gid,
      additionalGids: (config.user.additionalGids ?? []).filter((gid) => gid < place.gids),
    },
    args: config.args,
    env: config.env,
    cwd: config.cwd,
    capabilities: { bounding, effective: held, permitted: held, inheritable: [], ambient: [] },
    noNewPrivileges: config.noNewPrivileges ?? false,
    ...(config.rlimits === undefined ? {} : { rlimits: config.rlimits }),
    ...(config.oomScoreAdj === undefined ? {} : { oomScoreAdj: config.oomScoreAdj }),
  };
}

/** The container's own mounts replace default ones at the same path; parents come before what is under them. */
function allMounts(config: ContainerConfig, place: RuntimePlace): SpecMount[] {
  const own = config.mounts.map(specMount);
  const taken = new Set(own.map((mount) => mount.destination));
  const defaults = defaultMounts(config, place).filter((mount) => !taken.has(mount.destination));
  const depth = (mount: SpecMount): number => mount.destination.split('/').filter(Boolean).length;
  return [...defaults, ...own.sort((a, b) => depth(a) - depth(b))];
}

function specMount(mount: BindMount): SpecMount {
  const bind = mount.type === undefined || mount.type === 'bind';
  const options = mount.options ?? (bind ? ['rbind', 'rprivate'] : []);
  return {
    destination: mount.destination,
    type: bind ? 'bind' : mount.type!,
    source: mount.source,
    options: [...options, mount.readonly ? 'ro' : 'rw'],
  };
}

function linuxSpec(config: ContainerConfig, place: RuntimePlace): object {
  const { privileged = false, pidNamespace = 'own' } = config;
  const kinds = [...(pidNamespace === 'own' ? ['pid'] : []), 'ipc', 'uts', 'mount'];
  // A bound /proc keeps the masks of the place it came from, and those of our own cannot be added to it.
  const bare = privileged || pidNamespace === 'shared';
  const inSys = place.userNamespace && !privileged ? MASKED_IN_BOUND_SYS : [];
  return {
    namespaces: kinds.map((type) => ({ type })),
    maskedPaths: config.maskedPaths ?? [...(bare ? [] : MASKED_PATHS), ...inSys],
    readonlyPaths: config.readonlyPaths ?? (bare ? [] : READONLY_PATHS),
    ...(privileged && !place.userNamespace ? { devices: machineDevices() } : {}),
    ...cgroupSpec(config, place),
    ...(config.seccomp === 'runtime-default' && !privileged
      ? { seccomp: runtimeDefaultSeccomp(config.capabilities) }
      : {}),
  };
}

function cgroupSpec(config: ContainerConfig, place: RuntimePlace): object {
  if (!place.cgroups || config.cgroupsPath === undefined) return {};
  const devices = config.privileged ? [{ allow: true, access: 'rwm' }] : DEVICE_RULES;
  return { cgroupsPath: config.cgroupsPath, resources: { devices, ...limits(config.resources ?? {}) } };
}

function limits(resources: ContainerResources): object {
  const { memoryBytes, cpuQuota, cpuShares, pids } = resources;
  const cpu = {
    ...(cpuQuota === undefined ? {} : { quota: cpuQuota, period: 100_000 }),
    ...(cpuShares === undefined ? {} : { shares: cpuShares }),
  };
  return {
    // Swap counts into the limit: a container that may not have more memory does not get disk instead.
    ...(memoryBytes === undefined ? {} : { memory: { limit: memoryBytes, swap: memoryBytes } }),
    ...(Object.keys(cpu).length === 0 ? {} : { cpu }),
    ...(pids === undefined ? {} : { pids: { limit: pids } }),
  };
}
