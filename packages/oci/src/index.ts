export { askCredentialHelper } from './credentials/credential-helper.ts';
export {
  type CredentialSource,
  type Credentials,
  firstCredentials,
} from './credentials/credential-source.ts';
export { dockerConfigCredentials } from './credentials/docker-config.ts';
export type { Descriptor } from './descriptor.ts';
export {
  type Digest,
  type DigestAlgorithm,
  digestAlgorithm,
  digestHex,
  digestOf,
  finishDigest,
  isDigest,
  parseDigest,
} from './digest.ts';
export { type FetchBlobOptions, fetchBlob } from './fetch-blob.ts';
export {
  type ContainerDefaults,
  type Healthcheck,
  type HistoryEntry,
  type ImageConfig,
  parseImageConfig,
} from './image-config.ts';
export { type ApplyLayerOptions, applyLayer } from './layers/apply.ts';
export { chainId, extendChain } from './layers/chain-id.ts';
export { type Compression, decompressLayer, layerMediaType } from './layers/compression.ts';
export { type DiffLayerOptions, diffLayer } from './layers/diff.ts';
export { type ImageLayer, LayerStore, type StoredLayer } from './layers/layer-store.ts';
export { notedOwners } from './layers/owner-notes.ts';
export { type FileOwner, type OwnerTable, type RecordedOwners, ROOT_OWNER } from './layers/recorded-owner.ts';
export { takesWhiteoutDevices } from './layers/special-files.ts';
export type { LayerStats } from './layers/unpacker.ts';
export { isWhiteout, OVERLAY_OPAQUE } from './layers/whiteouts.ts';
export { type LayerBlob, type WriteLayerOptions, writeLayer } from './layers/write.ts';
export { mayStoreXattr, readAttributes, readXattrs, recordOwners, type XattrTable } from './layers/xattrs.ts';
export {
  type ImageIndex,
  type ImageManifest,
  isImageIndex,
  MAX_MANIFEST_BYTES,
  manifestChildren,
  manifestMediaType,
  parseManifest,
} from './manifest.ts';
export {
  bareMediaType,
  isForeignLayerType,
  isIndexType,
  isManifestType,
  MANIFEST_TYPES,
  mediaTypes,
} from './media-types.ts';
export { type MirrorRule, type MirrorTable, mirrorTable, parseMirrorRules } from './mirror-table.ts';
export { formatPlatform, hostPlatform, type Platform, parsePlatform, platformMatches } from './platform.ts';
export {
  type PulledImage,
  type PullImageOptions,
  pullImage,
  resolveImage,
  type TransferProgress,
} from './pull-image.ts';
export { type PushedImage, type PushImageOptions, pushImage, pushStoredBlob } from './push-image.ts';
export {
  familiarReference,
  formatReference,
  isRepositoryName,
  isTag,
  type ParseReferenceOptions,
  parseReference,
  type Reference,
} from './reference.ts';
export {
  type CallOptions,
  type ManifestBytes,
  type ManifestHead,
  RegistryClient,
  type RegistryClientOptions,
} from './registry-client/client.ts';
export { isLoopback } from './registry-client/endpoint.ts';
export type { HostTls } from './registry-client/transport.ts';
export type { PushBlobOptions, PushOutcome } from './registry-client/upload.ts';
export { BlobGrowth, type GrowthFollower, type GrowthState } from './store/blob-growth.ts';
export { type BlobRange, type BlobSource, ContentStore } from './store/content-store.ts';
export type { BlobInfo, ExpectedBlob, Ingest } from './store/ingest.ts';
export { explainDiskError } from './store/store-full.ts';
export { findUnfinished, removeUnfinished, writeOnBehalfOf } from './store/unfinished.ts';
export { encodeHeader } from './tar/encode.ts';
export type { TarEntry, TarEntryType } from './tar/entry.ts';
export { paddingOf } from './tar/fields.ts';
export { readTar, type TarMember } from './tar/read-tar.ts';
export { TarWriter } from './tar/writer.ts';
