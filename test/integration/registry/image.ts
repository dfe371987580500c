// Random images and a plain pusher over fetch, for tests that must know exactly what was acknowledged.
import { randomBytes } from 'node:crypto';
import { type Digest, digestOf, mediaTypes } from '@slipway/oci';

export interface TestImage {
  readonly digest: Digest;
  readonly manifest: Buffer;
  readonly blobs: readonly { readonly digest: Digest; readonly bytes: Buffer }[];
}

/** An image with layers of these sizes; its layers are noise, which a registry does not look into. */
export function randomImage(layerSizes: readonly number[], extra: Record<string, unknown> = {}): TestImage {
  const layers = layerSizes.map((size) => randomBytes(size));
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: {},
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => digestOf(layer)) },
    }),
  );
  const describe = (mediaType: string, bytes: Buffer): object => ({
    mediaType,
    digest: digestOf(bytes),
    size: bytes.length,
  });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: describe(mediaTypes.ociConfig, config),
      layers: layers.map((layer) => describe(mediaTypes.ociLayer, layer)),
      ...extra,
    }),
  );
  const blobs = [config, ...layers].map((bytes) => ({ digest: digestOf(bytes), bytes }));
  return { digest: digestOf(manifest), manifest, blobs };
}

/** POST and PUT of a blob; rejects unless the registry acknowledged it. */
export async function pushBlob(base: string, repository: string, bytes: Buffer): Promise<Digest> {
  const digest = digestOf(bytes);
  const begun = await expectStatus(202, fetch(`${base}/v2/${repository}/blobs/uploads/`, { method: 'POST' }));
  const url = new URL(begun.headers.get('location')!, base);
  url.searchParams.set('digest', digest);
  await expectStatus(201, fetch(url, { method: 'PUT', body: new Uint8Array(bytes) }));
  return digest;
}

export async function pushManifest(
  base: string,
  repository: string,
  reference: string,
  bytes: Buffer,
  mediaType: string = mediaTypes.ociManifest,
): Promise<Response> {
  const headers = { 'content-type': mediaType };
  const url = `${base}/v2/${repository}/manifests/${reference}`;
  return expectStatus(201, fetch(url, { method: 'PUT', headers, body: new Uint8Array(bytes) }));
}

export async function pushImage(
  base: string,
  repository: string,
  tag: string,
  image: TestImage,
): Promise<void> {
  await Promise.all(image.blobs.map((blob) => pushBlob(base, repository, blob.bytes)));
  await pushManifest(base, repository, tag, image.manifest);
}

/** Pulls manifest and blobs, checks every digest, and returns that of the manifest. */
export async function pullImage(base: string, repository: string, reference: string): Promise<Digest> {
  const response = await expectStatus(200, fetch(`${base}/v2/${repository}/manifests/${reference}`));
  const bytes = Buffer.from(await response.arrayBuffer());
  const manifest: { config: { digest: string }; layers: { digest: string }[] } = JSON.parse(bytes.toString());
  for (const { digest } of [manifest.config, ...manifest.layers]) {
    const blob = await expectStatus(200, fetch(`${base}/v2/${repository}/blobs/${digest}`));
    const actual = digestOf(Buffer.from(await blob.arrayBuffer()));
    if (actual !== digest) throw new Error(`${repository}: blob ${digest} came as ${actual}`);
  }
  return digestOf(bytes);
}

/** The response, drained when it has another status than expected, whose body then goes into the error. */
export async function expectStatus(status: number, pending: Promise<Response>): Promise<Response> {
  const response = await pending;
  if (response.status === status) return response;
  throw new Error(`${response.url} answered ${response.status}, not ${status}: ${await response.text()}`);
}
