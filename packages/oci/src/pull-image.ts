import { SlipwayError } from '@slipway/core';
import type { Descriptor } from './descriptor.ts';
import type { Digest } from './digest.ts';
import { fetchBlob } from './fetch-blob.ts';
import { type ImageConfig, parseImageConfig } from './image-config.ts';
import type { ImageLayer } from './layers/layer-store.ts';
import { type ImageIndex, type ImageManifest, isImageIndex, parseManifest } from './manifest.ts';
import { formatPlatform, hostPlatform, type Platform, platformMatches } from './platform.ts';
import { familiarReference, formatReference, type Reference } from './reference.ts';
import type { ManifestBytes, RegistryClient } from './registry-client/client.ts';
import { runLimited } from './run-limited.ts';
import type { ContentStore } from './store/content-store.ts';

/** How far a transfer is. */
export interface TransferProgress {
  /** The blob that moved. */
  readonly digest: Digest;
  readonly transferredBytes: number;
  /** What is to be transferred in all, as far as it is known. */
  readonly totalBytes: number;
}

export interface PullImageOptions {
  readonly client: RegistryClient;
  readonly ref: Reference;
  readonly store: ContentStore;
  /** Default: this machine's. */
  readonly platform?: Platform | undefined;
  /** For a reference by digest: do without the registry where the store has the manifest. Default: who may pull it is asked. */
  readonly useStored?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
}

/** An image whose manifest, configuration and layers are all in the store. */
export interface PulledImage {
  /** Where it came from: the reference asked for, or its mirror. */
  readonly ref: Reference;
  /** The digest that the reference names: of the index when there is one. */
  readonly digest: Digest;
  /** The digest of this platform's manifest. */
  readonly manifestDigest: Digest;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
  readonly configDigest: Digest;
  /** Lowest first. */
  readonly layers: readonly ImageLayer[];
}

const PARALLEL = 4;

/**
 * Pulls an image into the store, blobs that are there already excepted. Mirrors are tried first; a mirror that fails is passed
 * over. Throws IMAGE_NOT_FOUND or IMAGE_UNAVAILABLE naming each place tried, IMAGE_PLATFORM naming what there is.
 */
export async function pullImage(options: PullImageOptions): Promise<PulledImage> {
  const image = await resolveImage(options);
  await fetchLayers(options, image.ref, image.manifest.layers);
  return image;
}

/** As `pullImage`, without the layers: `fetchBlob` brings them when they are needed. */
export async function resolveImage(options: PullImageOptions): Promise<PulledImage> {
  const { ref, found } = await findManifest(options);
  const top = parseManifest(found.bytes, found.mediaType);
  const { store } = options;
  const stored = store.put(found.bytes, { digest: found.digest });
  stored.catch(() => {}); // Waited for below: the disk is slow to say that it has it.
  const chosen = isImageIndex(top)
    ? await manifestOfPlatform(options, ref, top)
    : { manifest: top, digest: found.digest };
  const { manifest } = chosen;
  await Promise.all([stored, fetchBlob({ ...options, ref, descriptor: manifest.config })]);
  const config = parseImageConfig(await store.read(manifest.config.digest));
  checkPlatform(options, config, manifest);
  const layers = pairLayers(options.ref, manifest, config);
  return {
    ref,
    digest: found.digest,
    manifestDigest: chosen.digest,
    manifest,
    config,
    configDigest: manifest.config.digest,
    layers,
  };
}

async function findManifest({
  client,
  ref,
  store,
  useStored,
  signal,
}: PullImageOptions): Promise<{ ref: Reference; found: ManifestBytes }> {
  const { digest } = ref;
  if (useStored && digest !== undefined && (await store.renew(digest)))
    return { ref, found: { bytes: await store.read(digest), mediaType: '', digest } };
  const failures: { ref: Reference; error: SlipwayError }[] = [];
  for (const candidate of client.candidates(ref)) {
    try {
      return { ref: candidate, found: await client.getManifest(candidate, undefined, { signal }) };
    } catch (error) {
      if (!(error instanceof SlipwayError) || signal?.aborted) throw error;
      failures.push({ ref: candidate, error });
    }
  }
  throw explainNotFound(ref, failures);
}

function explainNotFound(
  ref: Reference,
  failures: readonly { ref: Reference; error: SlipwayError }[],
): SlipwayError {
  const tried = failures
    .map((failure) => `${formatReference(failure.ref)} (${shortReason(failure.error)})`)
    .join('; ');
  const last = failures.at(-1)?.error;
  const name = familiarReference(ref);
  // What the registry of the image itself says counts more than what a mirror says.
  if (last === undefined || last.kind === 'not-found') {
    return new SlipwayError('not-found', 'IMAGE_NOT_FOUND', `image ${name} was not found; tried ${tried}`, {
      cause: last,
    });
  }
  const code = last.kind === 'unavailable' ? 'IMAGE_UNAVAILABLE' : last.code;
  return new SlipwayError(last.kind, code, `image ${name} cannot be pulled; tried ${tried}`, {
    cause: last,
    hint: last.hint,
  });
}

/** A registry's own words: which registry and image were asked is said before. */
function shortReason({ message }: SlipwayError): string {
  return message.replace(/^registry \S+ answered (\d+) to [A-Z]+ \S+?(: [A-Z_]+)?: /, '$1: ');
}

async function manifestOfPlatform(
  { client, store, signal, ...options }: PullImageOptions,
  ref: Reference,
  index: ImageIndex,
): Promise<{ manifest: ImageManifest; digest: Digest }> {
  const wanted = options.platform ?? hostPlatform();
  const images = index.manifests.filter(({ platform }) => platform && platform.os !== 'unknown');
  const chosen =
    images.find(({ platform }) => platform && platformMatches(platform, wanted)) ?? onlyUnlabelled(index);
  if (chosen === undefined)
    throw wrongPlatform(
      options.ref,
      wanted,
      images.map(({ platform }) => platform!),
    );
  const { tag: _, ...untagged } = ref;
  const found = (await store.stat(chosen.digest))
    ? { bytes: await store.read(chosen.digest), mediaType: chosen.mediaType }
    : await client.getManifest({ ...untagged, digest: chosen.digest }, undefined, { signal });
  const manifest = parseManifest(found.bytes, found.mediaType);
  if (isImageIndex(manifest)) {
    throw new SlipwayError(
      'unsupported',
      'MANIFEST_UNSUPPORTED',
      `${familiarReference(ref)} is an index of indexes`,
    );
  }
  await store.put(found.bytes, { digest: chosen.digest, size: chosen.size });
  return { manifest, digest: chosen.digest };
}

/** An index of one manifest that names no platform: its configuration will tell. */
function onlyUnlabelled({ manifests }: ImageIndex): Descriptor | undefined {
  const [only, ...others] = manifests;
  return others.length === 0 && only?.platform === undefined ? only : undefined;
}

function checkPlatform(options: PullImageOptions, config: ImageConfig, manifest: ImageManifest): void {
  const wanted = options.platform ?? hostPlatform();
  if (config.architecture === '' || manifest.layers.length === 0) return; // images FROM scratch run nothing
  if (!platformMatches(config, { ...wanted, variant: wanted.variant ?? config.variant })) {
    throw wrongPlatform(options.ref, wanted, [config]);
  }
}

function wrongPlatform(ref: Reference, wanted: Platform, have: readonly Platform[]): SlipwayError {
  const list = [...new Set(have.map(formatPlatform))].join(', ') || 'no platform at all';
  const message = `image ${familiarReference(ref)} is not made for ${formatPlatform(wanted)}; it exists for ${list}`;
  return new SlipwayError('unsupported', 'IMAGE_PLATFORM', message);
}

function pairLayers(ref: Reference, manifest: ImageManifest, config: ImageConfig): ImageLayer[] {
  const ids = config.rootfs.diff_ids;
  if (ids.length !== manifest.layers.length) {
    const message = `image ${familiarReference(ref)} has ${manifest.layers.length} layers, but its configuration names ${ids.length}`;
    throw new SlipwayError('invalid', 'MANIFEST_INVALID', message);
  }
  return manifest.layers.map((descriptor, index) => ({ descriptor, diffId: ids[index]! }));
}

async function fetchLayers(
  options: PullImageOptions,
  ref: Reference,
  layers: readonly Descriptor[],
): Promise<void> {
  const { client, store, signal, onProgress } = options;
  const missing: Descriptor[] = [];
  for (const layer of new Map(layers.map((item) => [item.digest, item])).values()) {
    if (!(await store.renew(layer.digest))) missing.push(layer);
  }
  const totalBytes = missing.reduce((sum, { size }) => sum + size, 0);
  const stop = new AbortController();
  const both = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  let transferredBytes = 0;
  await runLimited(missing, PARALLEL, async (descriptor) => {
    const onBytes = (count: number): void => {
      transferredBytes += count;
      onProgress?.({ digest: descriptor.digest, transferredBytes, totalBytes });
    };
    await fetchBlob({ client, ref, store, descriptor, signal: both, onBytes }).catch((error) => {
      stop.abort(error);
      throw error;
    });
  });
}
