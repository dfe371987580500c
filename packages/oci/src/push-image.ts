import type { Readable } from 'node:stream';
import { SlipwayError, toSlipwayError } from '@slipway/core';
import type { Descriptor } from './descriptor.ts';
import type { Digest } from './digest.ts';
import {
  type ImageIndex,
  type ImageManifest,
  isImageIndex,
  manifestMediaType,
  parseManifest,
} from './manifest.ts';
import { isForeignLayerType } from './media-types.ts';
import type { TransferProgress } from './pull-image.ts';
import type { Reference } from './reference.ts';
import type { RegistryClient } from './registry-client/client.ts';
import type { PushOutcome } from './registry-client/upload.ts';
import { runLimited } from './run-limited.ts';
import type { ContentStore } from './store/content-store.ts';

export interface PushImageOptions {
  readonly client: RegistryClient;
  /** Where to: with a tag, or by digest only. */
  readonly ref: Reference;
  readonly store: ContentStore;
  /** A manifest or an index in the store. */
  readonly manifest: Descriptor;
  /** Repositories of the same registry that may hold some of the layers. */
  readonly mountFrom?: readonly string[] | ((blob: Digest) => readonly string[]) | undefined;
  /** Brings a layer to the store that is not there, for those that the registry neither has nor mounts. */
  readonly fetch?: ((blob: Digest) => Promise<void>) | undefined;
  /** What was done with a blob already, where it is there by now. */
  readonly sent?: ((blob: Digest) => Promise<PushOutcome | undefined>) | undefined;
  /** Whether the image was made a moment ago, so that the registry hardly has its configuration. */
  readonly isNew?: boolean | undefined;
  /** Whether the tag likely names the image already: then that is asked first, and nothing else is done. */
  readonly isLikelyThere?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
}

/** What a push did. */
export interface PushedImage {
  readonly digest: Digest;
  /** Bytes of the manifest. */
  readonly size: number;
  /** Bytes of blobs that were sent. */
  readonly uploadedBytes: number;
  /** Bytes of blobs that the registry had or mounted. */
  readonly skippedBytes: number;
}

interface Counts {
  uploadedBytes: number;
  skippedBytes: number;
}

const PARALLEL = 4;

/** Pushes an image or index: blobs first, in parallel, then its manifests, the named one last. Throws BLOB_UNKNOWN and the registry's refusals. */
export async function pushImage(options: PushImageOptions): Promise<PushedImage> {
  const counts: Counts = { uploadedBytes: 0, skippedBytes: 0 };
  const { digest } = options.manifest;
  const bytes = await options.store.read(digest);
  const manifest = parseManifest(bytes, options.manifest.mediaType);
  if (options.isLikelyThere && (await isTagged(options))) {
    const skippedBytes = await bytesOf(options.store, manifest);
    return { digest, size: bytes.byteLength, uploadedBytes: 0, skippedBytes };
  }
  await pushChildren(options, manifest, counts);
  await options.client.putManifest(
    withDigest(options.ref, digest),
    bytes,
    manifestMediaType(manifest),
    options,
  );
  return { digest, size: bytes.byteLength, ...counts };
}

/** A registry keeps what a tag needs. */
async function isTagged({ client, ref, manifest, signal }: PushImageOptions): Promise<boolean> {
  const { registry, repository, tag } = ref;
  if (tag === undefined) return false;
  try {
    const head = await client.headManifest({ registry, repository, tag }, undefined, { signal });
    return head?.digest === manifest.digest;
  } catch (error) {
    // Who may push may not always pull.
    const { kind } = toSlipwayError(error);
    if (kind !== 'denied' && kind !== 'unauthenticated') throw error;
    return false;
  }
}

/** Of all blobs, each once. */
async function bytesOf(store: ContentStore, manifest: ImageManifest | ImageIndex): Promise<number> {
  const sizes = new Map<Digest, number>();
  const add = async (one: ImageManifest | ImageIndex): Promise<void> => {
    if (!isImageIndex(one)) {
      for (const { digest, size } of [one.config, ...one.layers]) sizes.set(digest, size);
      return;
    }
    for (const child of one.manifests)
      await add(parseManifest(await store.read(child.digest), child.mediaType));
  };
  await add(manifest);
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

async function pushChildren(
  options: PushImageOptions,
  manifest: ImageManifest | ImageIndex,
  counts: Counts,
): Promise<void> {
  if (!isImageIndex(manifest)) return pushBlobs(options, [manifest.config, ...manifest.layers], counts);
  const { tag: _, ...untagged } = options.ref;
  for (const child of manifest.manifests) {
    const bytes = await options.store.read(child.digest);
    const parsed = parseManifest(bytes, child.mediaType);
    await pushChildren(options, parsed, counts);
    await options.client.putManifest(
      withDigest(untagged, child.digest),
      bytes,
      manifestMediaType(parsed),
      options,
    );
  }
}

function withDigest(ref: Reference, digest: Digest): Reference {
  return { ...ref, digest };
}

async function pushBlobs(
  options: PushImageOptions,
  blobs: readonly Descriptor[],
  counts: Counts,
): Promise<void> {
  const { onProgress } = options;
  const wanted = [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
  const totalBytes = wanted.reduce((sum, { size }) => sum + size, 0);
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  await runLimited(wanted, PARALLEL, async (blob) => {
    try {
      const isNew = options.isNew && blob === blobs[0];
      const outcome =
        (await options.sent?.(blob.digest)) ?? (await pushStoredBlob({ ...options, isNew, signal }, blob));
      if (outcome === 'uploaded') counts.uploadedBytes += blob.size;
      else if (outcome !== undefined) counts.skippedBytes += blob.size;
    } catch (error) {
      stop.abort(error);
      throw error;
    }
    const transferredBytes = counts.uploadedBytes + counts.skippedBytes;
    onProgress?.({ digest: blob.digest, transferredBytes, totalBytes });
  });
}

/**
 * Brings one blob of the store to the repository. Undefined for layers that only their own server has, which registries do not
 * expect. Throws BLOB_UNKNOWN.
 */
export async function pushStoredBlob(
  o: Pick<PushImageOptions, 'client' | 'ref' | 'store' | 'signal' | 'mountFrom' | 'fetch' | 'isNew'>,
  blob: Descriptor,
): Promise<PushOutcome | undefined> {
  const { store, signal, mountFrom, isNew } = o;
  const { digest, size } = blob;
  const isStored = (await store.stat(digest)) !== undefined;
  if (!isStored && isForeignLayerType(blob.mediaType)) return undefined;
  if (!isStored && o.fetch === undefined) {
    const message = `the store ${store.root} has no blob ${digest} of the image`;
    throw new SlipwayError('not-found', 'BLOB_UNKNOWN', message);
  }
  const open = async (): Promise<Readable> => {
    if (!isStored) await o.fetch?.(digest);
    return await store.open(digest);
  };
  return await o.client.pushBlob(o.ref, { digest, size }, open, {
    ...{ signal, isNew },
    mountFrom: typeof mountFrom === 'function' ? mountFrom(digest) : mountFrom,
  });
}
