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

/** The runtime's configuration with a network namespace of its own, in which there is only a loopback that is down. */
export function withNetworkNamespace(spec: object): object {
  const { linux } = spec as { linux: { namespaces: readonly object[] } };
  return { ...spec, linux: { ...linux, namespaces: [...linux.namespaces, { type: 'network' }] } };
}
