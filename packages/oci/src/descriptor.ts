import { type Digest, isDigest } from './digest.ts';
import type { FieldReader } from './json-shape.ts';
import type { Platform } from './platform.ts';

/** What another blob is: its type, digest and size (OCI image-spec, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: Platform;
  readonly artifactType?: string;
  /** The blob itself, base64, when it is embedded. */
  readonly data?: string;
  readonly urls?: readonly string[];
}

/** Checks a descriptor of untrusted JSON and keeps its unknown members. */
export function readDescriptor(value: unknown, field: string, read: FieldReader): Descriptor {
  const object = read.object(value, field);
  read.string(object.mediaType, `${field}.mediaType`);
  const digest = read.string(object.digest, `${field}.digest`);
  if (!isDigest(digest)) read.fail(`${field}.digest`, 'a sha256 or sha512 digest');
  read.size(object.size, `${field}.size`);
  if (object.annotations !== undefined) read.stringMap(object.annotations, `${field}.annotations`);
  if (object.artifactType !== undefined) read.string(object.artifactType, `${field}.artifactType`);
  if (object.data !== undefined) read.string(object.data, `${field}.data`);
  if (object.urls !== undefined && object.urls !== null) read.strings(object.urls, `${field}.urls`);
  if (object.platform !== undefined && object.platform !== null) {
    const platform = read.object(object.platform, `${field}.platform`);
    read.string(platform.os, `${field}.platform.os`);
    read.string(platform.architecture, `${field}.platform.architecture`);
  }
  return object as unknown as Descriptor;
}
