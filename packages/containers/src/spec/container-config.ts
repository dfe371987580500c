/** A mount inside the container; `bind` where no `type` is given. */
export interface BindMount {
  readonly source: string;
  /** Absolute path in the container. Made by the runtime where it is missing. */
  readonly destination: string;
  readonly readonly?: boolean;
  /** `bind` (default), or a filesystem such as `tmpfs`. */
  readonly type?: string;
  /** Options as mount(8) names them; for a bind the default is `rbind` and `rprivate`. */
  readonly options?: readonly string[];
}

export interface ContainerUser {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids?: readonly number[];
}

export interface ContainerResources {
  readonly memoryBytes?: number;
  /** Microseconds of CPU in each period of 100 ms: 50,000 is half a CPU. */
  readonly cpuQuota?: number;
  /** Relative weight; 1024 is one CPU as Kubernetes counts requests. */
  readonly cpuShares?: number;
  /** Most processes and threads. */
  readonly pids?: number;
}

export interface ResourceLimit {
  /** As `RLIMIT_NOFILE`. */
  readonly type: string;
  readonly hard: number;
  readonly soft: number;
}

/** Everything that decides how one container runs. It always shares the network of the machine. */
export interface ContainerConfig {
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly user: ContainerUser;
  /** Absolute path of the root filesystem. */
  readonly rootfs: string;
  readonly readonlyRootfs?: boolean;
  readonly mounts: readonly BindMount[];
  readonly hostname?: string;
  /** As `CAP_CHOWN`; those that this process does not hold itself are left out. */
  readonly capabilities: readonly string[];
  /** All capabilities and devices, nothing masked, no seccomp. */
  readonly privileged?: boolean;
  readonly noNewPrivileges?: boolean;
  readonly seccomp?: 'unconfined' | 'runtime-default';
  /** Path of the cgroup under each hierarchy's root; without it the runtime makes none and limits do not hold. */
  readonly cgroupsPath?: string;
  readonly resources?: ContainerResources;
  readonly hostNetwork: true;
  /**
   * `own` (default) starts a pid namespace with its own /proc. `shared` binds the /proc of this process: for a place
   * such as an unprivileged pod, where the kernel refuses a new one because its /proc is masked.
   */
  readonly pidNamespace?: 'own' | 'shared';
  /** Bytes of /dev/shm. Default 64 MiB. */
  readonly shmBytes?: number;
  /** Replaces the paths hidden by default; an empty list hides none. */
  readonly maskedPaths?: readonly string[];
  readonly readonlyPaths?: readonly string[];
  readonly oomScoreAdj?: number;
  readonly rlimits?: readonly ResourceLimit[];
  readonly annotations?: Readonly<Record<string, string>>;
}
