import { SlipwayError } from '@slipway/core';
import { type Descriptor, readDescriptor } from './descriptor.ts';
import { FieldReader, type JsonObject, parseJsonObject } from './json-shape.ts';
import { bareMediaType, isIndexType, isManifestType, mediaTypes } from './media-types.ts';

/** The manifest of one image or artifact (OCI image-spec, manifest.md; Docker schema 2). */
export interface ImageManifest {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A list of manifests, usually one a platform (OCI image-spec, image-index.md; Docker manifest list). */
export interface ImageIndex {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The largest manifest that is accepted, in bytes, as other registries and clients limit it. */
export const MAX_MANIFEST_BYTES: number = 4 * 1024 * 1024;

const read = new FieldReader('MANIFEST_INVALID');

export function isImageIndex(manifest: ImageManifest | ImageIndex): manifest is ImageIndex {
  return 'manifests' in manifest;
}

/**
 * Reads a manifest or index. `mediaType` is what the transport said; it must agree with the document.
 * Throws MANIFEST_INVALID with the field path, and MANIFEST_UNSUPPORTED for Docker's schema 1.
 */
export function parseManifest(bytes: Uint8Array, mediaType?: string): ImageManifest | ImageIndex {
  if (bytes.byteLength > MAX_MANIFEST_BYTES) {
    throw new SlipwayError('invalid', 'MANIFEST_INVALID', `the manifest is over ${MAX_MANIFEST_BYTES} bytes`);
  }
  const object = parseJsonObject(bytes, 'MANIFEST_INVALID', 'the manifest');
  if (object.schemaVersion === 1) throw schema1();
  if (object.schemaVersion !== 2) read.fail('schemaVersion', '2');
  // One document must not read as an image to one client and as an index to another (CVE-2021-41190).
  if ('layers' in object && 'manifests' in object) read.fail('manifests', 'absent where there are layers');
  const type = documentType(object, mediaType);
  checkCommonFields(object);
  return type === 'index' ? readIndex(object) : readImage(object);
}

/** The media type that the document has: its own field, or the one that its shape implies. */
export function manifestMediaType(manifest: ImageManifest | ImageIndex): string {
  return manifest.mediaType ?? (isImageIndex(manifest) ? mediaTypes.ociIndex : mediaTypes.ociManifest);
}

/** Every blob and manifest that the document names, the subject excepted. */
export function manifestChildren(manifest: ImageManifest | ImageIndex): readonly Descriptor[] {
  return isImageIndex(manifest) ? manifest.manifests : [manifest.config, ...manifest.layers];
}

function documentType(object: JsonObject, transport: string | undefined): 'index' | 'image' {
  const own = object.mediaType === undefined ? undefined : read.string(object.mediaType, 'mediaType');
  const said = transport === undefined ? undefined : bareMediaType(transport);
  const known = said !== undefined && (isIndexType(said) || isManifestType(said));
  if (own !== undefined && known && own !== said) read.fail('mediaType', `${said}, as the content type says`);
  const type = own ?? said;
  if (type === mediaTypes.dockerSchema1 || type === mediaTypes.dockerSchema1Signed) throw schema1();
  if (type !== undefined && isIndexType(type)) return 'index';
  if (type !== undefined && isManifestType(type)) return 'image';
  if (own !== undefined) read.fail('mediaType', 'the type of an OCI or Docker manifest or index');
  return 'manifests' in object ? 'index' : 'image';
}

function checkCommonFields(object: JsonObject): void {
  if (object.artifactType !== undefined) read.string(object.artifactType, 'artifactType');
  if (object.subject !== undefined && object.subject !== null)
    readDescriptor(object.subject, 'subject', read);
  if (object.annotations !== undefined && object.annotations !== null) {
    read.stringMap(object.annotations, 'annotations');
  }
}

function readIndex(object: JsonObject): ImageIndex {
  const items = read.array(object.manifests, 'manifests');
  for (const [index, item] of items.entries()) readDescriptor(item, `manifests[${index}]`, read);
  return object as unknown as ImageIndex;
}

function readImage(object: JsonObject): ImageManifest {
  readDescriptor(object.config, 'config', read);
  const layers = read.array(object.layers, 'layers');
  for (const [index, layer] of layers.entries()) readDescriptor(layer, `layers[${index}]`, read);
  return object as unknown as ImageManifest;
}

function schema1(): SlipwayError {
  return new SlipwayError('unsupported', 'MANIFEST_UNSUPPORTED', 'the image has a Docker schema 1 manifest', {
    hint: 'push it again with a client of this decade; schema 1 has no layer digests to verify',
  });
}
