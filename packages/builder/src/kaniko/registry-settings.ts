import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CredentialSource,
  dockerConfigCredentials,
  firstCredentials,
  parseReference,
} from '@slipway/oci';
import type { RegistrySettings } from '../build-options.ts';
import { mirrorRules, serviceAccountAuthority, serviceAccountCredentials } from '../in-cluster.ts';
import { cacheRepository, certificates, mirrorsOf } from './executor-options.ts';
import type { FlagValues } from './parse-flags.ts';

/** What the flags, and the pod that this runs in, say of registries. */
export async function registrySettings(flags: FlagValues, env: NodeJS.ProcessEnv): Promise<RegistrySettings> {
  const mirrors = mirrorsOf(flags);
  const ca = [await serviceAccountAuthority(), ...(await mountedAuthorities(flags))]
    .filter(Boolean)
    .join('\n');
  const lax = (...names: string[]): boolean => names.some((name) => flags.boolean(name));
  return {
    mirrors: [...mirrors, ...mirrorRules(env)],
    mirrorsOnly: lax('skip-default-registry-fallback') ? mirrors.map(({ from }) => from) : [],
    tls: await certificates(flags),
    insecure: [...flags.list('insecure-registry'), ...flags.list('skip-tls-verify-registry')],
    insecurePull: lax('insecure-pull', 'skip-tls-verify-pull') ? ['*'] : [],
    insecurePush: lax('insecure', 'skip-tls-verify') ? pushRegistries(flags) : [],
    pullRetries: flags.int('image-download-retry'),
    pushRetries: flags.int('push-retry'),
    keepImmutableTags: flags.boolean('push-ignore-immutable-tag-errors'),
    ...(ca === '' ? {} : { ca }),
  };
}

/** What is mounted at /kaniko/ssl/certs, where kaniko has all that it trusts: authorities in PEM. */
async function mountedAuthorities(flags: FlagValues): Promise<string[]> {
  const folder = join(flags.string('kaniko-dir'), 'ssl/certs');
  const names = await readdir(folder).catch(() => []);
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8').catch(() => '')));
  return texts.filter((text) => text.includes('-----BEGIN CERTIFICATE-----'));
}

function pushRegistries(flags: FlagValues): string[] {
  const cache = cacheRepository(flags);
  const names = [...flags.list('destination'), ...(cache === undefined ? [] : [cache])];
  return names.map((name) => parseReference(name).registry);
}

/**
 * Docker's configuration where kaniko looks for it (DOCKER_CONFIG, else /kaniko/.docker/config.json), then that of $HOME, where
 * Tekton puts credentials, then the ServiceAccount's token for registries of the cluster.
 */
export async function kanikoCredentials(
  flags: FlagValues,
  env: NodeJS.ProcessEnv,
): Promise<CredentialSource> {
  const own = await dockerConfigFile(
    env.DOCKER_CONFIG,
    join(flags.string('kaniko-dir'), '.docker/config.json'),
  );
  const home = env.HOME === undefined ? [] : [join(env.HOME, '.docker/config.json')];
  const files = [...new Set([own, ...home])];
  return firstCredentials(
    ...files.map((file) => dockerConfigCredentials(file)),
    serviceAccountCredentials({ env }),
  );
}

/** DOCKER_CONFIG may be a folder or the file itself; one that does not exist does not count. */
async function dockerConfigFile(named: string | undefined, otherwise: string): Promise<string> {
  if (!named) return otherwise;
  const found = await stat(named).catch(() => undefined);
  if (found === undefined) return otherwise;
  return found.isDirectory() ? join(named, 'config.json') : named;
}
