import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The authorities that this machine trusts, in PEM: its store, which SSL_CERT_FILE and SSL_CERT_DIR move, and what docker,
 * podman and buildah have for the registry in `certs.d/<host>`. Reading them takes a sixth of a second.
 */
export function machineAuthorities(host: string, env: NodeJS.ProcessEnv = process.env): string[] {
  const { getCACertificates } = process.getBuiltinModule('node:tls');
  return [...getCACertificates('system'), ...registryAuthorities(host, env)];
}

function registryAuthorities(host: string, env: NodeJS.ProcessEnv): string[] {
  const own = env.XDG_CONFIG_HOME || join(homedir(), '.config');
  const places = ['/etc/docker', '/etc/containers', join(own, 'docker'), join(own, 'containers')];
  return places.flatMap((place) => certificatesIn(join(place, 'certs.d', host)));
}

function certificatesIn(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith('.crt'));
    return names.map((name) => readFileSync(join(folder, name), 'utf8'));
  } catch {
    return []; // None for this registry, or not for us to read: its certificate is then not trusted, which is said.
  }
}
