import { resolve } from 'node:path';
import {
  type BuildOptions,
  type BuildRequest,
  type BuildResult,
  runBuild,
  storePaths,
} from '@slipway/builder';
import { formatBytes, SlipwayError } from '@slipway/core';
import { defaultStateDir } from '@slipway/daemon';
import { familiarReference, formatReference, parseReference } from '@slipway/oci';
import type { ImageBuildOptions } from '../commands/image/build.ts';
import { interruptible } from '../interruption.ts';
import { cacheOptions } from './cache.ts';
import { printCheck } from './check.ts';
import { outputFiles, withOutputs } from './outputs.ts';
import { buildPlace } from './places.ts';
import { openProgress } from './progress.ts';
import { checkReports, writeReports } from './report-files.ts';
import { readSecrets, sshAgents } from './secrets.ts';
import { openSource } from './source.ts';
import { timesOf } from './times.ts';

/** `slipway image build`. */
export async function runImageBuild(context: string, options: ImageBuildOptions): Promise<void> {
  const named = withOutputs(options);
  if (named.push && named.tag.length === 0) {
    throw new SlipwayError('usage', 'PUSH_WITHOUT_NAME', '--push needs a name to push to', {
      hint: 'give one with -t registry.example.org/app:1.0',
    });
  }
  const job = options.check ? printCheck : buildAndPrint;
  await interruptible(({ signal }) => job(context, named, signal));
}

async function buildAndPrint(
  context: string,
  options: ImageBuildOptions,
  signal: AbortSignal,
): Promise<void> {
  const outputs = outputFiles(options);
  await checkReports(options);
  const stateDir = resolve(options.stateDir ?? defaultStateDir());
  await using place = await buildPlace(stateDir, options.insecure ?? false);
  const json = options.output.includes('json');
  const store = storePaths(options.store ?? stateDir);
  await using source = await openSource(context, options, { scratchDir: store.scratchDir, signal });
  const progress = openProgress(options, json);
  const result = await runBuild({
    context: source.context,
    contextName: source.contextName,
    dockerfile: source.dockerfile,
    ...timesOf(options),
    ...(options.label && { labels: options.label }),
    ...(options.annotation && { annotations: options.annotation }),
    ...(options.target !== undefined && { target: options.target }),
    platforms: options.platform,
    destinations: destinations(options, place.local),
    store,
    registries: place.registries,
    credentials: place.credentials,
    isolation: options.isolation,
    noCache: !options.cache,
    format: options.format,
    outputs,
    ...registryCache(options),
    ...cacheLimit(options, stateDir),
    ...namedContexts(options),
    secrets: await readSecrets(options.secret),
    ssh: sshAgents(options.ssh),
    progress,
    signal,
  }).finally(() => progress.close());
  await writeReports(result, options);
  print(result, options, json);
}

function namedContexts({ buildContext }: ImageBuildOptions): Pick<BuildRequest, 'namedContexts'> {
  if (buildContext === undefined) return {};
  const places = Object.entries(buildContext).map(([name, place]) => [name, contextPlace(place)]);
  return { namedContexts: Object.fromEntries(places) };
}

/** A folder or layout by its absolute path; images and repositories as they are. */
function contextPlace(place: string): string {
  const [, path] = /^oci-layout:\/\/(.*)$/.exec(place) ?? [];
  if (path !== undefined) return `oci-layout://${resolve(path)}`;
  return /^(?:[\w+.-]+:\/\/|git@[\w.-]+:)/.test(place) ? place : resolve(place);
}

/** The cache is kept small after the build; 0 is no limit. */
function cacheLimit(
  { cacheMaxSize, store }: ImageBuildOptions,
  stateDir: string,
): Pick<BuildOptions, 'cacheLimit' | 'neededBlobs'> {
  if (cacheMaxSize === 0) return {};
  const { needed } = cacheOptions({ stateDir, ...(store !== undefined && { store }) });
  return { cacheLimit: { maxBytes: cacheMaxSize }, neededBlobs: needed };
}

function registryCache({ cacheFrom, cacheTo }: ImageBuildOptions): Pick<BuildRequest, 'registryCache'> {
  if (cacheFrom.length === 0 && cacheTo === undefined) return {};
  return { registryCache: { from: cacheFrom.map(cacheRepository), to: cacheTo && cacheRepository(cacheTo) } };
}

/** A repository, or docker's `type=registry,ref=REPOSITORY`; the mode has no meaning here. */
function cacheRepository(text: string): string {
  if (!text.includes('=')) return text;
  const fields = new Map(text.split(',').map((field) => field.split('=', 2) as [string, string]));
  const ref = fields.get('ref');
  if (fields.get('type') === 'registry' && ref) return ref;
  throw new SlipwayError('usage', 'CACHE_INVALID', `"${text}" is not a cache`, {
    hint: 'name a repository, or write type=registry,ref=REPOSITORY',
  });
}

/** With --push the names themselves; else the local registry keeps the image under its name, where there is one. */
function destinations(options: ImageBuildOptions, local: string | undefined): string[] {
  const names = options.tag.map((tag) => parseReference(tag));
  if (options.push) return names.map(formatReference);
  const keep = names.filter(({ registry }) => local !== undefined && !registry.includes(':'));
  return keep.map((name) =>
    formatReference({ ...name, registry: local!, repository: `${name.registry}/${name.repository}` }),
  );
}

function print(result: BuildResult, options: ImageBuildOptions, json: boolean): void {
  const { digest } = result.manifest;
  const references = options.tag.map((tag) => familiarReference(parseReference(tag)));
  // A tar on standard output is all that may be there.
  if (outputFiles(options).some(({ dest }) => dest === '-')) return;
  if (json) {
    const { configDigest: config, size, isolation, images } = result;
    const platforms = images.map(({ platform, manifest, configDigest, layers }) => ({
      platform,
      digest: manifest.digest,
      config: configDigest,
      layers: layers.length,
    }));
    const layers = result.layers.length;
    const object = { digest, config, size, layers, references, isolation, platforms };
    process.stdout.write(`${JSON.stringify(object)}\n`);
  } else if (options.quiet) {
    process.stdout.write(`${digest}\n`);
  } else {
    const { totalMs } = result.timings;
    const { images } = result;
    const layers = images.map(({ platform, layers: { length } }) =>
      images.length === 1 ? `${length} layers` : `${platform}: ${length} layers`,
    );
    const size = `${formatBytes(result.size)} compressed, ${layers.join(', ')}`;
    const pushed = result.pushed.map(({ reference, uploadedBytes, skippedBytes }) =>
      options.push
        ? `pushed  ${reference} (${formatBytes(uploadedBytes)} sent, ${formatBytes(skippedBytes)} already there)\n`
        : '',
    );
    process.stdout.write(
      `${pushed.join('')}digest  ${digest}\nsize    ${size}\ntime    ${(totalMs / 1000).toFixed(1)} s\n`,
    );
  }
}
