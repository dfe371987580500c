// Images of the examples, and which of `slipway seed` stands in for each.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseYamlValue } from '@slipway/kube';
import { execute } from '../../cli.ts';

/** What the examples name, without registry `mirror.gcr.io` and tag: the seeded image that is copied under that name. */
const STAND_INS: Readonly<Record<string, string>> = {
  ubuntu: 'docker.io/library/debian:latest',
  bash: 'docker.io/library/debian:latest',
  perl: 'docker.io/library/debian:latest',
  alpine: 'docker.io/library/alpine:latest',
  busybox: 'docker.io/library/busybox:latest',
  golang: 'docker.io/library/golang:latest',
  docker: 'docker.io/library/docker:latest',
  'alpine/git': 'docker.io/alpine/git:latest',
  'gcr.io/cloud-builders/git': 'docker.io/alpine/git:latest',
  'cgr.dev/chainguard/busybox': 'docker.io/library/busybox:latest',
  'ghcr.io/tektoncd/plumbing/alpine-git-nonroot': 'docker.io/alpine/git:latest',
  'gcr.io/kaniko-project/executor': 'gcr.io/kaniko-project/executor:latest',
};

/** Seeds that the stand-ins are made of. */
export const SEEDS: readonly string[] = [
  'debian',
  'busybox',
  'alpine',
  'golang',
  'docker',
  'git',
  'executor',
  'kaniko',
];

/** The seeded image for `reference` of an example; undefined for those that have none. */
export function standInFor(reference: string): string | undefined {
  const { name, tag } = parts(reference);
  if (tag.endsWith('dind')) return undefined; // the daemon, of which docker's stand-in has only the client
  return STAND_INS[name];
}

/** Copies stand-ins inside the registry to the names that the examples use, and says so. */
export async function copyStandIns(
  references: ReadonlySet<string>,
  registry: string,
  folder: string,
): Promise<string[]> {
  const own = await mkdtemp(join(tmpdir(), 'slipway-conformance-'));
  try {
    const authfile = join(own, 'auth.json');
    await writeFile(authfile, await authorization(registry, folder), { mode: 0o600 });
    return await copyAll(references, registry, authfile);
  } finally {
    await rm(own, { recursive: true });
  }
}

async function copyAll(
  references: ReadonlySet<string>,
  registry: string,
  authfile: string,
): Promise<string[]> {
  const said: string[] = [];
  for (const reference of [...references].sort()) {
    const source = standInFor(reference);
    if (source === undefined || source === fullName(reference)) continue;
    const options = ['--quiet', '--src-tls-verify=false', '--dest-tls-verify=false', '--authfile', authfile];
    const target = `docker://${registry}/${fullName(reference)}`;
    const copied = await execute('skopeo', ['copy', ...options, `docker://${registry}/${source}`, target]);
    if (copied.code !== 0)
      throw new Error(`skopeo could not copy ${source} to ${reference}:\n${copied.stderr}`);
    said.push(`${fullName(reference)} is a copy of ${source}`);
  }
  return said;
}

async function authorization(registry: string, folder: string): Promise<string> {
  const config: unknown = parseYamlValue(await readFile(join(folder, 'kubeconfig'), 'utf8')).value;
  const { users } = config as { users: { user: { token: string } }[] };
  const auth = Buffer.from(`admin:${users[0]?.user.token}`).toString('base64');
  return JSON.stringify({ auths: { [registry]: { auth } } });
}

function parts(reference: string): { host: string; name: string; tag: string } {
  const [path = '', tag = 'latest'] = reference.split(/:(?=[^/]*$)/);
  const mirror = 'mirror.gcr.io/';
  const host = path.startsWith(mirror) ? mirror : '';
  return { host, name: path.slice(host.length).replace(/^library\//, ''), tag };
}

/** Registry, repository and tag: `docker.io/library/ubuntu:latest` for `ubuntu`. */
function fullName(reference: string): string {
  const { host, name, tag } = parts(reference);
  if (host !== '') return `${reference.split(/:(?=[^/]*$)/)[0]}:${tag}`;
  if (/^[^/]+[.:][^/]*\//.test(name)) return `${name}:${tag}`;
  return `docker.io/${name.includes('/') ? '' : 'library/'}${name}:${tag}`;
}
