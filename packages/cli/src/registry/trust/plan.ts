import { createHash } from 'node:crypto';
import { join } from 'node:path';

export type TrustTarget = 'docker' | 'podman' | 'system';

/** A file that makes a client trust the CA. */
export interface TrustedFile {
  readonly path: string;
  /** PEM. */
  readonly content: string;
}

/** What `trust` will do. */
export interface TrustPlan {
  readonly files: readonly TrustedFile[];
  /** Run after the files are written or removed. */
  readonly command: readonly string[] | undefined;
}

/**
 * The files by which a client trusts the CA for these `host:port`. docker and podman have a folder for each; the system's
 * store knows no hosts. `root` stands before every path, `home` is the folder of a user who is not root.
 */
export function trustPlan(
  target: TrustTarget,
  o: {
    readonly ca: string;
    readonly hosts: readonly string[];
    readonly root: string;
    readonly home: string | undefined;
  },
): TrustPlan {
  if (target === 'system') {
    // The name tells CAs of several state folders apart.
    const id = createHash('sha256').update(o.ca).digest('hex').slice(0, 8);
    const path = join(o.root, '/usr/local/share/ca-certificates', `slipway-${id}.crt`);
    return { files: [{ path, content: o.ca }], command: ['update-ca-certificates'] };
  }
  const folder = target === 'docker' ? '/etc/docker/certs.d' : podmanFolder(o.home);
  const files = o.hosts.map((host) => ({ path: join(o.root, folder, host, 'ca.crt'), content: o.ca }));
  return { files, command: undefined };
}

function podmanFolder(home: string | undefined): string {
  return home === undefined ? '/etc/containers/certs.d' : join(home, '.config/containers/certs.d');
}
