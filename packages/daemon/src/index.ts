export { type MachineReport, probeMachine } from '@slipway/containers';
export { type ControlPlane, type ControlPlaneOptions, startControlPlane } from './control-plane.ts';
export { controlPlaneEndpoints, type Endpoints } from './kubeconfig.ts';
export { type LocalRegistry, startLocalRegistry } from './local-registry.ts';
export { findRunning, type RunningControlPlane } from './lock.ts';
export { enterNamespace } from './namespace.ts';
export { createStateFolder, defaultStateDir, type StateFolder, stateFolder } from './state-folder.ts';
