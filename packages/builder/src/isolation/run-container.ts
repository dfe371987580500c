import { readFileSync } from 'node:fs';
import type { BindMount } from '@slipway/containers';
import type { Mount } from './run-mount.ts';

/** The mounts as the runtime's configuration has them. */
export function containerMounts(mounts: readonly Mount[]): BindMount[] {
  return mounts.map((mount): BindMount => {
    if (mount.type === 'bind') {
      return { source: mount.source!, destination: mount.target, readonly: mount.readOnly };
    }
    const size = mount.size === undefined ? [] : [`size=${mount.size}`];
    const options = ['nosuid', 'nodev', 'mode=1777', ...size];
    return { source: 'tmpfs', destination: mount.target, type: 'tmpfs', options, readonly: mount.readOnly };
  });
}

/**
 * The configuration with a user namespace of its own inside ours, ids unchanged. Where the pid namespace is shared, a RUN
 * sees other processes in /proc; in another user namespace it may look into none of them (ptrace(2), access mode check):
 * not into the builder's, nor into those of a stage that is built at the same time.
 */
export function withUserNamespace(spec: object): object {
  const { linux } = spec as { linux: { namespaces: readonly object[] } };
  const mappings = (kind: 'uid' | 'gid'): object[] =>
    readFileSync(`/proc/self/${kind}_map`, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number))
      .map(([inside, , size]) => ({ containerID: inside, hostID: inside, size }));
  const namespaces = [...linux.namespaces, { type: 'user' }];
  return {
    ...spec,
    linux: { ...linux, namespaces, uidMappings: mappings('uid'), gidMappings: mappings('gid') },
  };
}

/** How /sys is kept from telling of the place's network: by one of the new namespace's own, or by hiding folders of the place's. */
export type NetworkSysfs = 'own' | { readonly hidden: readonly string[] };

/** The configuration with a network namespace of its own, in which there is only a loopback. */
export function withNetworkNamespace(spec: object, sysfs: NetworkSysfs): object {
  const { linux, mounts } = spec as NetworkParts;
  const namespaces = [...linux.namespaces, { type: 'network' }];
  if (sysfs !== 'own') {
    return { ...spec, linux: { ...linux, namespaces, maskedPaths: [...linux.maskedPaths, ...sysfs.hidden] } };
  }
  const own = { destination: '/sys', type: 'sysfs', source: 'sysfs', options: SYSFS_OPTIONS };
  return {
    ...spec,
    linux: { ...linux, namespaces },
    mounts: mounts.map((mount) => (mount.destination === '/sys' ? own : mount)),
  };
}

const SYSFS_OPTIONS: readonly string[] = ['nosuid', 'noexec', 'nodev', 'ro'];

interface NetworkParts {
  readonly linux: { readonly namespaces: readonly object[]; readonly maskedPaths: readonly string[] };
  readonly mounts: readonly { readonly destination: string }[];
}
