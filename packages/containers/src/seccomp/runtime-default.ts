/** EPERM, and ENOSYS where programs fall back to an older call when they see it (errno(3)). */
const EPERM = 1;
const ENOSYS = 38;

/** System calls that a container may not make unless it holds the capability that guards what they do. */
const GUARDED: Readonly<Record<string, readonly string[]>> = {
  CAP_BPF: ['bpf'],
  CAP_DAC_READ_SEARCH: ['open_by_handle_at'],
  CAP_PERFMON: ['perf_event_open'],
  CAP_SYSLOG: ['syslog'],
  CAP_SYS_ADMIN: [
    'fanotify_init',
    'fsconfig',
    'fsmount',
    'fsopen',
    'fspick',
    'lookup_dcookie',
    'mount',
    'mount_setattr',
    'move_mount',
    'open_tree',
    'quotactl',
    'quotactl_fd',
    'setdomainname',
    'sethostname',
    'setns',
    'umount',
    'umount2',
    'unshare',
  ],
  CAP_SYS_BOOT: ['reboot'],
  CAP_SYS_CHROOT: ['chroot'],
  CAP_SYS_MODULE: ['delete_module', 'finit_module', 'init_module'],
  CAP_SYS_NICE: ['get_mempolicy', 'mbind', 'set_mempolicy', 'set_mempolicy_home_node'],
  CAP_SYS_PACCT: ['acct'],
  CAP_SYS_PTRACE: ['kcmp', 'pidfd_getfd', 'process_madvise'],
  CAP_SYS_RAWIO: ['ioperm', 'iopl'],
  CAP_SYS_TIME: ['clock_settime', 'clock_settime64', 'settimeofday', 'stime'],
  CAP_SYS_TTY_CONFIG: ['vhangup'],
};

/** System calls that no container makes, whatever it holds: they reach what namespaces do not separate. */
const FORBIDDEN: readonly string[] = [
  '_sysctl',
  'add_key',
  'create_module',
  'get_kernel_syms',
  'io_uring_enter',
  'io_uring_register',
  'io_uring_setup',
  'kexec_file_load',
  'kexec_load',
  'keyctl',
  'migrate_pages',
  'move_pages',
  'nfsservctl',
  'pivot_root',
  'query_module',
  'request_key',
  'swapoff',
  'swapon',
  'sysfs',
  'userfaultfd',
  'uselib',
  'ustat',
  'vm86',
  'vm86old',
];

/** The CLONE_NEW* flags of clone(2): mount, cgroup, uts, ipc, user, pid and network namespaces. */
const NAMESPACE_FLAGS: readonly number[] = [
  0x0002_0000, 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000,
];
const AF_VSOCK = 40;

const ARCHITECTURES: Readonly<Record<string, readonly string[]>> = {
  x64: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
  arm64: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'],
};

/**
 * The `RuntimeDefault` seccomp profile for a container that holds these capabilities, as the OCI runtime
 * specification's `linux.seccomp`. It denies what Docker's documentation lists as blocked ("Seccomp security profiles
 * for Docker", significant syscalls blocked by the default profile) and the calls added to that list since.
 */
export function runtimeDefaultSeccomp(capabilities: readonly string[], arch: string = process.arch): object {
  const held = new Set(capabilities);
  const guarded = Object.entries(GUARDED).flatMap(([capability, names]) =>
    held.has(capability) ? [] : names,
  );
  // CAP_SYS_ADMIN also lifts what the narrower capabilities split off from it guard.
  const split = held.has('CAP_SYS_ADMIN') ? ['bpf', 'perf_event_open', 'syslog'] : [];
  const denied = [...FORBIDDEN, ...guarded.filter((name) => !split.includes(name))];
  return {
    defaultAction: 'SCMP_ACT_ALLOW',
    architectures: ARCHITECTURES[arch] ?? [],
    syscalls: [
      deny(denied),
      deny(['socket'], EPERM, [{ index: 0, value: AF_VSOCK, op: 'SCMP_CMP_EQ' }]),
      ...(held.has('CAP_SYS_ADMIN') ? [] : namespaceRules()),
    ],
  };
}

/** Threads and processes yes, namespaces no. clone3 hides its flags in memory, so libraries are sent back to clone. */
function namespaceRules(): object[] {
  const flags = NAMESPACE_FLAGS.map((flag) => ({
    index: 0,
    value: flag,
    valueTwo: flag,
    op: 'SCMP_CMP_MASKED_EQ',
  }));
  return [deny(['clone3'], ENOSYS), ...flags.map((flag) => deny(['clone'], EPERM, [flag]))];
}

function deny(names: readonly string[], errnoRet: number = EPERM, args: readonly object[] = []): object {
  return { names, action: 'SCMP_ACT_ERRNO', errnoRet, ...(args.length > 0 ? { args } : {}) };
}
