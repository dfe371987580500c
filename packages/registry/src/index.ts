export {
  type AccessController,
  type AccessDecision,
  type AccessRequest,
  ANONYMOUS,
  type Credentials as AccessCredentials,
  type Identity,
  type RegistryAction,
} from './access/access-controller.ts';
export { type Authorization, parseAuthorization } from './access/authorization-header.ts';
export { type HtpasswdOptions, htpasswdAccess } from './access/htpasswd-access.ts';
export { openAccess } from './access/open-access.ts';
export type { FsckOptions, FsckProblem, FsckReport } from './fsck.ts';
export type { GarbageOptions, GarbageReport } from './garbage.ts';
export type { RegistryInventory, TaggedDigest } from './inventory.ts';
export { DEFAULT_LIMITS, type RegistryLimits } from './limits.ts';
export { type Listener, type ListenOptions, listenTlsOrLoopbackHttp } from './listen.ts';
export type { MirrorOptions, MirrorUpstream } from './mirror/pull-through.ts';
export { namedBlobs } from './named-blobs.ts';
export type { ManifestEvent, QuotaHook } from './registry-context.ts';
export { createRegistryHandler, type RegistryOptions, type RegistryService } from './registry-service.ts';
export { isMirrorRepository, namespaceOf } from './repository-name.ts';
