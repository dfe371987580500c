import { readFile } from 'node:fs/promises';
import { SlipwayError } from '@slipway/core';
import {
  familiarReference,
  type HostTls,
  type MirrorRule,
  parsePlatform,
  parseReference,
} from '@slipway/oci';
import type {
  BuildRequest,
  IsolationChoice,
  LayerCompressionSettings,
  RegistryCacheSettings,
} from '../build-options.ts';
import type { OutputSpec } from '../output/output-spec.ts';
import { type SecretValue, secretValue } from '../secret-value.ts';
import { type FlagValues, flagError } from './parse-flags.ts';

/** Whether an image is pushed. A tar is written beside the push, not in its place. */
export function isPushed(flags: FlagValues): boolean {
  return !flags.boolean('no-push');
}

/** Refuses what kaniko refuses before it looks at the context, with its words. Throws KANIKO_FLAG. */
export function checkFlags(flags: FlagValues): void {
  const destinations = flags.list('destination');
  const none = destinations.length === 0;
  if (!flags.boolean('no-push') && none) throw flagError('you must provide --destination, or use --no-push');
  if (flags.boolean('cache') && flags.boolean('no-push') && flags.optional('cache-repo') === undefined) {
    throw flagError(
      'cache flags invalid: if using cache with --no-push, specify cache repo with --cache-repo',
    );
  }
  for (const [flag, word] of [
    ['image-name-with-digest-file', 'ImageNameDigestFile'],
    ['image-name-tag-with-digest-file', 'ImageNameTagDigestFile'],
  ] as const) {
    if (none && flags.optional(flag) !== undefined)
      throw flagError(`you must provide --destination if setting ${word}`);
  }
  for (const destination of destinations) {
    if (parseReference(destination).digest === undefined) continue;
    throw flagError(`getting tag for destination: ${destination} has a digest; a push needs a tag`);
  }
  const platform = flags.optional('custom-platform');
  if (platform?.includes(',')) {
    throw flagError(
      `invalid argument "${platform}" for "--custom-platform" flag: it takes one platform; run the executor for each, or \`slipway image build --platform=${platform}\`, which makes an index of them`,
    );
  }
  if (platform !== undefined) parsePlatform(platform);
}

/** What --context says, or --bucket, which stands for Google's storage where it names no other. Throws KANIKO_FLAG. */
export function contextOf(flags: FlagValues): string {
  const bucket = flags.optional('bucket');
  if (bucket !== undefined) return bucket.includes('://') ? bucket : `gs://${bucket}`;
  const context = flags.string('context');
  if (context !== '') return context;
  throw flagError('please specify a path to the build context with the --context flag');
}

/** The part of the build's request that flags alone decide. */
export async function requestOf(
  flags: FlagValues,
  env: NodeJS.ProcessEnv,
): Promise<Omit<BuildRequest, 'context' | 'dockerfile' | 'store' | 'registries'>> {
  const registryCache = registryCacheOf(flags);
  return {
    destinations: isPushed(flags) ? flags.list('destination') : [],
    buildArgs: pairs(flags.list('build-arg'), (name) => env[name] ?? ''),
    labels: pairs(flags.list('label')),
    annotations: keyValues(flags, 'annotation'),
    secrets: await secrets(flags.list('secret'), env),
    target: flags.optional('target'),
    platform: flags.optional('custom-platform'),
    sourceDateEpoch: epochOf(flags, env),
    noCache: !flags.boolean('cache'),
    format: formatOf(flags),
    isolation: isolationOf(flags),
    keptPaths: [flags.string('kaniko-dir')],
    ignorePaths: flags.list('ignore-path'),
    outputs: outputsOf(flags),
    ...(flags.isGiven('compression') || flags.isGiven('compression-level')
      ? { compression: compressionOf(flags) }
      : {}),
    ...(registryCache === undefined ? {} : { registryCache }),
  };
}

/** The folder that is kept from one build to the next; `--cache-repo=oci:FOLDER` names it, too. */
export function cacheFolder(flags: FlagValues): { readonly folder: string; readonly isAskedFor: boolean } {
  const named = flags.string('cache-repo');
  if (flags.boolean('cache') && named.startsWith('oci:') && !flags.isGiven('cache-dir'))
    return { folder: named.slice('oci:'.length), isAskedFor: true };
  return { folder: flags.string('cache-dir'), isAskedFor: flags.isGiven('cache-dir') };
}

/** The repository of the cache: `cache` below the first destination unless it is named. */
export function cacheRepository(flags: FlagValues): string | undefined {
  if (!flags.boolean('cache')) return undefined;
  const named = flags.optional('cache-repo');
  if (named?.startsWith('oci:')) return undefined; // The folder of the store: cacheFolder().
  if (named !== undefined) return named;
  const { registry, repository } = parseReference(flags.list('destination')[0] ?? '');
  return `${registry}/${repository}/cache`;
}

function registryCacheOf(flags: FlagValues): RegistryCacheSettings | undefined {
  const repository = cacheRepository(flags);
  if (repository === undefined) return undefined;
  const sends = !flags.boolean('no-push-cache');
  return {
    from: [repository],
    ...(sends ? { to: repository } : {}),
    maxAgeMs: flags.duration('cache-ttl'),
    kinds: [
      ...(flags.boolean('cache-run-layers') ? (['run'] as const) : []),
      ...(flags.boolean('cache-copy-layers') ? (['copy'] as const) : []),
    ],
  };
}

function isolationOf(flags: FlagValues): IsolationChoice {
  const choices: readonly IsolationChoice[] = ['auto', 'userns', 'chroot', 'in-place'];
  const text = flags.string('isolation');
  const choice = choices.find((each) => each === text);
  if (choice !== undefined) return choice;
  throw flagError(`invalid argument "${text}" for "--isolation" flag: it is one of ${choices.join(', ')}`);
}

function outputsOf(flags: FlagValues): OutputSpec[] {
  const names = flags.list('destination').map((name) => familiarReference(parseReference(name)));
  const tar = flags.optional('tar-path');
  const layout = flags.optional('oci-layout-path');
  return [
    ...(layout === undefined ? [] : [{ type: 'oci-layout', dest: layout } as const]),
    ...(tar === undefined ? [] : [{ type: 'docker', dest: tar, names } as const]),
  ];
}

function compressionOf(flags: FlagValues): LayerCompressionSettings {
  const algorithm = flags.string('compression');
  if (algorithm !== 'gzip' && algorithm !== 'zstd') {
    throw flagError(`invalid argument "${algorithm}" for "--compression" flag: it is gzip or zstd`);
  }
  const level = flags.int('compression-level');
  return level < 0 ? { algorithm } : { algorithm, level };
}

function formatOf(flags: FlagValues): 'oci' | 'docker' | undefined {
  const format = flags.optional('image-format');
  if (format === undefined || format === 'oci' || format === 'docker') return format;
  throw flagError(`invalid argument "${format}" for "--image-format" flag: it is docker or oci`);
}

function epochOf(flags: FlagValues, env: NodeJS.ProcessEnv): number | undefined {
  if (!flags.boolean('reproducible')) return undefined;
  const epoch = Number(env.SOURCE_DATE_EPOCH ?? '0');
  if (Number.isInteger(epoch) && epoch >= 0) return epoch;
  throw flagError(`SOURCE_DATE_EPOCH is "${env.SOURCE_DATE_EPOCH}", not seconds since 1970`);
}

async function secrets(
  specs: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Record<string, SecretValue>> {
  const found: Record<string, SecretValue> = {};
  for (const spec of specs) {
    const fields = pairs(spec.split(','));
    const { id, env: variable = id } = fields;
    const file = fields.src ?? fields.source;
    if (!id) throw flagError('--secret needs an id: write it like id=npmrc,src=/run/npmrc');
    found[id] =
      file === undefined ? (env[variable ?? ''] ?? '') : secretValue(await readBytes(file, 'secret'));
  }
  return found;
}

/** Certificates by registry, read from their files. */
export async function certificates(flags: FlagValues): Promise<Record<string, HostTls>> {
  const found: Record<string, HostTls> = {};
  for (const [registry, file] of Object.entries(keyValues(flags, 'registry-certificate'))) {
    found[registry] = { ca: await readText(file, 'registry-certificate') };
  }
  for (const [registry, files] of Object.entries(keyValues(flags, 'registry-client-cert'))) {
    const [cert, key] = files.split(',');
    if (!cert || !key) throw flagError('--registry-client-cert is REGISTRY=CERTIFICATE,KEY');
    const name = 'registry-client-cert';
    found[registry] = {
      ...found[registry],
      cert: await readText(cert, name),
      key: await readText(key, name),
    };
  }
  return found;
}

/** --registry-map and --registry-mirror as rules, in the order in which they are tried. */
export function mirrorsOf(flags: FlagValues): MirrorRule[] {
  const maps = flags.list('registry-map').flatMap((text) => text.split(';').filter((part) => part !== ''));
  const mapped = maps.map((text): MirrorRule => {
    const [from = '', to = ''] = text.split('=');
    if (from === '' || to === '') throw flagError(`expected key=value, got ${text}`);
    return { from: from === 'index.docker.io' ? 'docker.io' : from, to };
  });
  return [...mapped, ...flags.list('registry-mirror').map((to) => ({ from: 'docker.io', to }))];
}

async function readText(file: string, flag: string): Promise<string> {
  return (await readBytes(file, flag)).toString('utf8');
}

async function readBytes(file: string, flag: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? cause.code : cause;
    throw new SlipwayError('usage', 'KANIKO_FLAG', `--${flag}: ${file} cannot be read (${why})`, { cause });
  }
}

/** A list of which each has a value. */
function keyValues(flags: FlagValues, name: string): Record<string, string> {
  return pairs(flags.list(name), (text) => {
    const why = `invalid argument value. expect key=value, got ${text}`;
    throw flagError(`invalid argument "${text}" for "--${name}" flag: ${why}`);
  });
}

function pairs(
  texts: readonly string[],
  missing: (name: string) => string = () => '',
): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const equals = text.indexOf('=');
      return equals < 0 ? [text, missing(text)] : [text.slice(0, equals), text.slice(equals + 1)];
    }),
  );
}
