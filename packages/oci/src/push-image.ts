import { SlipwayError } from '@slipway/core';
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
  await pushChildren(options, manifest, counts);
  await options.client.putManifest(
    withDigest(options.ref, digest),
    bytes,
    manifestMediaType(manifest),
    options,
  );
  return { digest, size: bytes.byteLength, ...counts };
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
  const { client, ref, store, onProgress } = options;
  const wanted = [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
  const totalBytes = wanted.reduce((sum, { size }) => sum + size, 0);
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  await runLimited(wanted, PARALLEL, async (blob) => {
    try {
      await pushBlob({ client, ref, store, signal, mountFrom: options.mountFrom }, blob, counts);
    } catch (error) {
      stop.abort(error);
      throw error;
    }
    const transferredBytes = counts.uploadedBytes + counts.skippedBytes;
    onProgress?.({ digest: blob.digest, transferredBytes, totalBytes });
  });
}

async function pushBlob(
  o: Pick<PushImageOptions, 'client' | 'ref' | 'store' | 'signal' | 'mountFrom'>,
  blob: Descriptor,
  counts: Counts,
): Promise<void> {
  const info = await o.store.stat(blob.digest);
  if (info === undefined && isForeignLayerType(blob.mediaType)) return; // registries do not expect it
  if (info === undefined) {
    throw new SlipwayError(
      'not-found',
      'BLOB_UNKNOWN',
      `the store ${o.store.root} has no blob ${blob.digest} of the image`,
    );
  }
  const { signal, mountFrom } = o;
  const outcome = await o.client.pushBlob(o.ref, info, () => o.store.open(blob.digest), {
    signal,
    mountFrom: typeof mountFrom === 'function' ? mountFrom(blob.digest) : mountFrom,
  });
  if (outcome === 'uploaded') counts.uploadedBytes += info.size;
  else counts.skippedBytes += info.size;
}
