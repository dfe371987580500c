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

/** The runtime's configuration with a network namespace of its own, in which there is only a loopback that is down. */
export function withNetworkNamespace(spec: object): object {
  const { linux } = spec as { linux: { namespaces: readonly object[] } };
  return { ...spec, linux: { ...linux, namespaces: [...linux.namespaces, { type: 'network' }] } };
}
