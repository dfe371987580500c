export { containerCapabilities, DEFAULT_CAPABILITIES, ownCapabilities } from './machine/capabilities.ts';
export { isMounted } from './machine/mount-table.ts';
export { type IdMapKind, idMapKind, inUserNamespace } from './machine/user-namespace.ts';
export { mountTmpfs, unmount, unmountAll } from './rootfs/mounts.ts';
export { mountOverlay, type OverlayOptions } from './rootfs/overlay.ts';
export { type ForegroundOptions, removeContainer, runForeground } from './run/foreground.ts';
export { detectMonitor, detectRuntime, type Runtime } from './run/runtime.ts';
export type {
  BindMount,
  ContainerConfig,
  ContainerResources,
  ContainerUser,
  ResourceLimit,
} from './spec/container-config.ts';
export { type RuntimePlace, runtimePlace } from './spec/runtime-place.ts';
export { runtimeSpec } from './spec/runtime-spec.ts';
export { type ReexecOptions, reexecInUserNamespace } from './userns/reexec.ts';
