export {
  capabilityNumbers,
  containerCapabilities,
  DEFAULT_CAPABILITIES,
  ownCapabilities,
} from './machine/capabilities.ts';
export {
  cgroupControllers,
  cgroupVersion,
  memoryInUse,
  removeCgroup,
  removeCgroupBelowOwn,
  wasOutOfMemory,
} from './machine/cgroups.ts';
export { isMounted, type MountEntry, parseMountInfo } from './machine/mount-table.ts';
export { type MachineCheck, type MachineReport, probeMachine } from './machine/probe-machine.ts';
export {
  hasOneId,
  type IdMapKind,
  idMapKind,
  inInitialUserNamespace,
  inUserNamespace,
} from './machine/user-namespace.ts';
export { findProgram } from './process/find-program.ts';
export { type ResolvedUser, resolveUser } from './rootfs/image-user.ts';
export { mountTmpfs, unmount, unmountAll } from './rootfs/mounts.ts';
export { mountOverlay, type OverlayOptions } from './rootfs/overlay.ts';
export { followLinks, resolveBytesInRoot, resolveInRoot } from './rootfs/resolve-in-root.ts';
export { ContainerMonitor, type MonitorOptions, type StartOptions } from './run/container-monitor.ts';
export type { ExecOptions, ExecResult } from './run/exec.ts';
export { type ForegroundOptions, removeContainer, runForeground } from './run/foreground.ts';
export { type ContainerExit, MonitoredContainer } from './run/monitored-container.ts';
export {
  detectMonitor,
  detectRuntime,
  findRuntime,
  type Runtime,
  type RuntimeProgram,
} from './run/runtime.ts';
export type {
  BindMount,
  ContainerConfig,
  ContainerResources,
  ContainerUser,
  ResourceLimit,
} from './spec/container-config.ts';
export { type RuntimePlace, runtimePlace } from './spec/runtime-place.ts';
export { runtimeSpec } from './spec/runtime-spec.ts';
export { subordinateRanges } from './userns/id-map.ts';
export { ownPidsIfAllowed } from './userns/own-pids.ts';
export { type ReexecOptions, reexecInUserNamespace } from './userns/reexec.ts';
