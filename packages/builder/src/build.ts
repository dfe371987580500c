import { join } from 'node:path';
import { formatBytes, type ProcessIdentity, SlipwayError, thisProcess, toSlipwayError } from '@slipway/core';
import {
  type Dockerfile,
  parseCheckDirective,
  parseDockerfile,
  platformArgs,
  type ResolveOptions,
  resolveStages,
} from '@slipway/dockerfile';
import {
  ContentStore,
  formatPlatform,
  formatReference,
  hostPlatform,
  LayerStore,
  type Platform,
  parseReference,
  type Reference,
  removeUnfinished,
  writeOnBehalfOf,
} from '@slipway/oci';
import { Attempt } from './attempt.ts';
import { BaseBlobs } from './base-blobs.ts';
import type { BuildOptions, BuildRequest, BuildResult, BuiltImage, PushReport } from './build-options.ts';
import { CacheHistory } from './cache/explain/cache-history.ts';
import { FileIndex } from './cache/file-index.ts';
import { InstructionCache } from './cache/instruction-cache.ts';
import { notCached } from './cache/not-cached.ts';
import { RegistryCache } from './cache/registry-cache.ts';
import { keepCacheLimit } from './cache/storage/keep-limit.ts';
import { CHECK_ARG, lintBuild, ofPlannedStages, requireNoWarnings } from './check-dockerfile.ts';
import { contextFolder, readDockerfile } from './context.ts';
import { chooseRung } from './isolation/choose-rung.ts';
import type { Rung } from './isolation/rung.ts';
import { writeOutput } from './output/write-output.ts';
import { Emulation } from './platform/emulation.ts';
import { buildProduct, type PlatformImage, type Product, platformsOf } from './product.ts';
import { type ProgressSink, silentProgress } from './progress/progress.ts';
import { StepReporter } from './progress/step-reporter.ts';
import { pushTo } from './push.ts';
import { PushAhead } from './push-ahead.ts';
import { registryClients } from './registry-access.ts';
import { removeAbandoned, Scratch } from './scratch.ts';
import type { BuildSession } from './session.ts';
import { unusedBuildArgs } from './unused-args.ts';

/** Whose build it is, and what of killed builds it removes first. */
export interface Housekeeping {
  readonly owner: ProcessIdentity;
  /** Scratch folders. */
  readonly abandoned: readonly string[];
  /** Blobs and layers that were being written. */
  readonly unfinished: readonly string[];
}

/** How a build is limited. */
export interface BuildLimits {
  /** Only what is in the cache is built, and what an attempt may make; else NOT_CACHED is thrown. Called before the push. */
  readonly whenAllCached?: () => void;
}

/**
 * Builds an image into the content store and pushes it to its destinations. Runs where it is called: `runBuild` calls it
 * in a process that has a namespace of its own. Throws what the parser throws, BUILD_RUN_FAILED, COPY_…, and what the
 * registry client throws; then nothing stays mounted and no temporary folder is left.
 */
export async function buildImage(
  options: BuildOptions,
  housekeeping: Housekeeping = { owner: thisProcess(), abandoned: [], unfinished: [] },
  { whenAllCached }: BuildLimits = {},
): Promise<BuildResult> {
  const started = performance.now();
  const { progress = silentProgress } = options;
  const abort = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, abort.signal]) : abort.signal;
  const platforms = platformsOf(options);
  const destinations = (options.destinations ?? []).map((text) => parseReference(text));
  const source = await readSource(options, progress);

  for (const folder of housekeeping.abandoned) await removeAbandoned(folder);
  for (const path of housekeeping.unfinished) await removeUnfinished(path);
  writeOnBehalfOf(housekeeping.owner);
  await using scratch = await Scratch.create(options.store.scratchDir, housekeeping.owner);
  const reporter = new StepReporter(progress);
  const onlyCached = whenAllCached !== undefined;
  const attempt = onlyCached ? new Attempt() : undefined;
  await using rung = new LazyRung(options, scratch, reporter);
  // A build that comes here has something to run, most likely: the place is probed while base images are looked up.
  if (!onlyCached) rung.choose();
  const fileIndex = await FileIndex.open(join(options.store.cacheDir, 'files'));
  const emulation = new Emulation(scratch, (text) => reporter.note(text));
  const parts = {
    ...source,
    destinations,
    scratch,
    reporter,
    rung,
    signal,
    fileIndex,
    emulation,
    onlyCached,
    attempt,
  };
  const sessions: BuildSession[] = [];
  for (const platform of platforms) {
    const platformLabel = platforms.length > 1 ? formatPlatform(platform) : undefined;
    sessions.push(await openSession(options, { ...parts, platform, platformLabel }));
  }
  const [session] = sessions as [BuildSession];
  let done = false;
  try {
    // What was never built cannot be in the cache; finding that out step by step would take longer.
    if (onlyCached && sessions.some(({ history }) => history.isFirstBuild)) throw notCached();
    const product = await buildProduct(sessions, abort);
    whenAllCached?.();
    const buildMs = performance.now() - started;
    for (const output of options.outputs ?? []) await writeOutput(session, product, output);
    const pushed: PushReport[] = [];
    for (const ref of destinations)
      pushed.push(await pushTo(sessions, product.manifest, formatReference(ref)));
    for (const { registryCache } of sessions) await registryCache?.flush();
    const hasNew = !onlyCached || attempt?.madeLayer;
    if (options.cacheLimit !== undefined && hasNew) await limitCache(options, housekeeping, reporter);
    const timings = timingsOf(performance.now() - started, buildMs);
    done = true;
    return {
      ...describeProduct(product),
      pushed,
      steps: reporter.steps,
      timings,
      isolation: rung.description,
    };
  } catch (error) {
    throw options.signal?.aborted ? cancelled(error) : error;
  } finally {
    if (!done) abort.abort(); // What is still sent is of no use.
    for (const { pushAhead } of sessions) await pushAhead[Symbol.asyncDispose]();
    await fileIndex.save();
    // An attempt that found a step missing is none that the next build compares with.
    if (!onlyCached || done) for (const { history } of sessions) await history.save();
  }
}

/** The Dockerfile and the context's folder, of which the progress is told what is likely a mistake. */
async function readSource(options: BuildOptions, progress: ProgressSink): Promise<BuildSource> {
  const file = await readDockerfile(options.context, options.dockerfile);
  const dockerfile = parseDockerfile(file.text, {
    file: file.name,
    check: options.buildArgs?.[CHECK_ARG],
  });
  const context = await contextFolder(options.context, file, options.contextName);
  const plan = resolveStages(dockerfile, planOptions(options, dockerfile, platformsOf(options)[0]!));
  const warnings = ofPlannedStages(lintBuild(dockerfile, context), dockerfile, plan);
  for (const { rule, message, place } of warnings)
    progress.emit({ type: 'warning', rule, text: message, place });
  requireNoWarnings(dockerfile, warnings);
  for (const warning of unusedBuildArgs(dockerfile, options.buildArgs ?? {})) progress.emit(warning);
  return { dockerfile, context };
}

function timingsOf(totalMs: number, buildMs: number): BuildResult['timings'] {
  return {
    totalMs: Math.round(totalMs),
    buildMs: Math.round(buildMs),
    pushMs: Math.round(totalMs - buildMs),
  };
}

type ProductFacts = Pick<BuildResult, 'manifest' | 'configDigest' | 'size' | 'layers' | 'images'>;

function describeProduct({ manifest, size, images }: Product): ProductFacts {
  const [{ config, layers }] = images as readonly [PlatformImage, ...PlatformImage[]];
  return { manifest, configDigest: config.digest, size, layers, images: images.map(builtImage) };
}

function builtImage({ platform, manifest, config, size, layers }: PlatformImage): BuiltImage {
  return { platform: formatPlatform(platform), manifest, configDigest: config.digest, size, layers };
}

/** The image is built by now: what goes wrong here is a warning. */
async function limitCache(
  { store, neededBlobs, cacheLimit }: BuildOptions,
  { abandoned }: Housekeeping,
  reporter: StepReporter,
): Promise<void> {
  try {
    const { maxBytes } = cacheLimit ?? {};
    const report = await keepCacheLimit({ store, needed: neededBlobs, deadBuilds: abandoned, maxBytes });
    if (report === undefined) return;
    const { removed, freedBytes, keptBytes } = report;
    reporter.note(
      `cache: removed ${removed.length} items (${formatBytes(freedBytes)}) not used for longest, kept ${formatBytes(keptBytes)}`,
    );
  } catch (error) {
    reporter.warn(`the build cache was not looked after: ${toSlipwayError(error).message}`);
  }
}

type BuildSource = Pick<BuildSession, 'context'> & { readonly dockerfile: Dockerfile };
type Shared = 'scratch' | 'reporter' | 'signal' | 'onlyCached' | 'attempt' | 'fileIndex' | 'emulation';
type SessionParts = BuildSource &
  Pick<BuildSession, Shared | 'platform' | 'platformLabel'> & {
    readonly rung: LazyRung;
    readonly destinations: readonly Reference[];
  };

/** What decides which stages are built. */
function planOptions(
  { buildArgs = {}, target, namedContexts = {} }: BuildOptions,
  { stages }: Dockerfile,
  platform: Platform,
): ResolveOptions {
  const predefined = platformArgs(hostPlatform(), platform, target ?? stages.at(-1)?.name);
  const contexts = new Set(Object.keys(namedContexts).map((name) => name.toLowerCase()));
  return { buildArgs, predefined, contexts, ...(target === undefined ? {} : { target }) };
}

async function openSession(options: BuildOptions, parts: SessionParts): Promise<BuildSession> {
  const { dockerfile, rung, destinations, ...rest } = parts;
  const { store: paths, sourceDateEpoch } = options;
  const { platform } = rest;
  const resolve = planOptions(options, dockerfile, platform);
  const store = await ContentStore.open(paths.contentDir);
  const { registries = {}, credentials, registryCache: settings } = options;
  const { pull: client, push: pushClient } = registryClients(registries, credentials);
  const warn = (text: string): void => rest.reporter.warn(text);
  const shared = { client: pushClient, store, platform, warn, signal: rest.signal };
  const { pullRetries: retries } = registries;
  const baseBlobs = new BaseBlobs({ store, client, retries, signal: rest.signal });
  const registryCache = settings && new RegistryCache({ settings, ...shared });
  const pushAhead = new PushAhead({ ...shared, destinations, baseBlobs });
  return {
    ...rest,
    request: options,
    plan: resolveStages(dockerfile, resolve),
    planWithTriggers: (imageTriggers) => resolveStages(dockerfile, { ...resolve, imageTriggers }),
    check: parseCheckDirective(dockerfile.directives.check),
    escape: dockerfile.directives.escape,
    store,
    layers: new LayerStore(paths.layersDir, baseBlobs),
    baseBlobs,
    cache: new InstructionCache(join(paths.cacheDir, 'instructions'), store),
    registryCache,
    history: await CacheHistory.open(join(paths.cacheDir, 'explain'), [
      options.contextName ?? options.context,
      dockerfile.stages[0]?.place.file ?? '',
      formatPlatform(platform),
    ]),
    client,
    pushClient,
    pushAhead,
    rung: () => rung.get(),
    created: sourceDateEpoch === undefined ? new Date() : new Date(sourceDateEpoch * 1000),
  };
}

/** The rung of one build: reported when the first step needs it, which is when it matters whether there is one. */
class LazyRung implements AsyncDisposable {
  description: string | undefined;
  readonly #probe: () => Promise<Rung>;
  readonly #reporter: StepReporter;
  #chosen: Promise<Rung> | undefined;

  constructor(request: BuildRequest, scratch: Scratch, reporter: StepReporter) {
    this.#probe = () => chooseRung(request, scratch);
    this.#reporter = reporter;
  }

  choose(): Promise<Rung> {
    if (this.#chosen === undefined) {
      this.#chosen = this.#probe();
      this.#chosen.catch(() => {}); // Whoever needs the rung hears of it.
    }
    return this.#chosen;
  }

  async get(): Promise<Rung> {
    const rung = await this.choose();
    if (this.description === undefined) this.#reporter.note(`isolation: ${rung.description}`);
    this.description = rung.description;
    return rung;
  }

  /** What is probed is in the scratch folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chosen?.catch(() => {});
  }
}

function cancelled(error: unknown): SlipwayError {
  const failure = toSlipwayError(error);
  if (failure.kind === 'cancelled') return failure;
  return new SlipwayError('cancelled', 'BUILD_CANCELLED', 'the build was cancelled', { cause: error });
}
