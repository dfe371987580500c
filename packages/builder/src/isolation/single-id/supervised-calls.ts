/** A rule of `linux.seccomp.syscalls` (OCI runtime specification, config-linux.md). */
type SeccompRule = Readonly<Record<string, unknown>>;

const O_CREAT = 0x40;

/** Calls whose answer depends on owners and ids that one id cannot have. */
const ALWAYS: readonly string[] = [
  ...['chown', 'fchown', 'fchownat', 'lchown'],
  ...['stat', 'fstat', 'lstat', 'newfstatat', 'statx'],
  ...[
    'setuid',
    'setgid',
    'setreuid',
    'setregid',
    'setresuid',
    'setresgid',
    'setfsuid',
    'setfsgid',
    'setgroups',
  ],
  ...['getuid', 'getgid', 'geteuid', 'getegid', 'getresuid', 'getresgid', 'getgroups'],
  ...[
    'creat',
    'mkdir',
    'mkdirat',
    'mknod',
    'mknodat',
    'symlink',
    'symlinkat',
    'rename',
    'renameat',
    'renameat2',
  ],
];

/** The configuration with a supervisor that listens at `socket` (absolute, or relative to the bundle) for these calls. */
export function withSupervisor(spec: object, socket: string): object {
  const { linux } = spec as { linux: { seccomp: { syscalls: readonly SeccompRule[] } } };
  const rules = [notify(ALWAYS), notify(['open'], creating(1)), notify(['openat'], creating(2))];
  const syscalls = [...linux.seccomp.syscalls, ...rules];
  return { ...spec, linux: { ...linux, seccomp: { ...linux.seccomp, listenerPath: socket, syscalls } } };
}

function notify(names: readonly string[], args: readonly object[] = []): SeccompRule {
  return { names, action: 'SCMP_ACT_NOTIFY', ...(args.length > 0 ? { args } : {}) };
}

/** Only where the flags, which are the argument of this number, ask for a new file. */
function creating(index: number): readonly object[] {
  return [{ index, value: O_CREAT, valueTwo: O_CREAT, op: 'SCMP_CMP_MASKED_EQ' }];
}
