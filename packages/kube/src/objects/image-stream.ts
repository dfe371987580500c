import type { Condition, KubeObject } from './metadata.ts';

/** A repository of the registry with its tags (image.openshift.io/v1); its name is the repository's after the namespace. */
export interface ImageStream extends KubeObject {
  apiVersion: 'image.openshift.io/v1';
  kind: 'ImageStream';
  spec?: ImageStreamSpec;
  status?: ImageStreamStatus;
}

/** What a user wants of an image stream. */
export interface ImageStreamSpec {
  lookupPolicy?: { local: boolean };
  dockerImageRepository?: string;
  tags?: Record<string, unknown>[];
}

/** Where the repository is, and what its tags point at. */
export interface ImageStreamStatus {
  /** The repository under the registry's name inside pods. */
  dockerImageRepository: string;
  /** The repository under the registry's address outside. */
  publicDockerImageRepository?: string;
  tags?: ImageStreamTagEvents[];
}

/** What one tag points at, and what it pointed at before. */
export interface ImageStreamTagEvents {
  tag: string;
  /** Newest first. */
  items: ImageTagEvent[];
  conditions?: Condition[];
}

/** One image that a tag pointed at. */
export interface ImageTagEvent {
  /** When the tag was set to it, RFC 3339. */
  created: string;
  /** The image by digest, under the registry's name inside pods. */
  dockerImageReference: string;
  /** The digest of its manifest. */
  image: string;
  generation: number;
}

/** One tag of an image stream with its image (image.openshift.io/v1); its name is `<stream>:<tag>`. */
export interface ImageStreamTag extends KubeObject {
  apiVersion: 'image.openshift.io/v1';
  kind: 'ImageStreamTag';
  generation: number;
  lookupPolicy: { local: boolean };
  image: Image;
}

/** An image of the registry, as OpenShift describes it. */
export interface Image {
  /** `name` is the digest of the manifest; `creationTimestamp` when the tag was set. */
  metadata: { name: string; creationTimestamp: string };
  dockerImageReference: string;
  dockerImageManifestMediaType: string;
  dockerImageMetadataVersion?: string;
  /** The image's configuration: `Id`, `Architecture`, `Created`, `Size`, `Config`. */
  dockerImageMetadata?: Record<string, unknown>;
  dockerImageLayers?: ImageLayer[];
  /** The images of an index, by platform. */
  dockerImageManifests?: ImagePlatform[];
}

/** A layer's blob; `size` in bytes. */
export interface ImageLayer {
  name: string;
  size: number;
  mediaType: string;
}

/** The image of an index for one platform. */
export interface ImagePlatform {
  digest: string;
  mediaType: string;
  manifestSize: number;
  os: string;
  architecture: string;
  variant?: string;
}
