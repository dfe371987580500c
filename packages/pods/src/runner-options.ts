import type { ContainerMonitor, Runtime } from '@slipway/containers';
import type { Clock, Logger } from '@slipway/core';
import type { KubeClient, Pod } from '@slipway/kube';
import type { CredentialSource } from '@slipway/oci';
import type { ImageProvider } from './images/image-provider.ts';
import type { EventRecorder } from './status/event-recorder.ts';

/** The services of the control plane as pods see them. */
export interface ServiceAddresses {
  /** Lines of every pod's hosts file. */
  readonly hosts: readonly { readonly ip: string; readonly names: readonly string[] }[];
  /** Variables of every container, as the kubelet sets `KUBERNETES_SERVICE_HOST`. */
  readonly env: Readonly<Record<string, string>>;
  /** Files for programs in containers that look for images themselves. */
  readonly files?: readonly ServiceFile[];
}

/** A file that every container gets whose image has `folder`, unless a volume of the container's own is there. */
export interface ServiceFile {
  /** Absolute path in the container. */
  readonly path: string;
  readonly text: string;
  /** Absolute path of the folder that the programs which read the file bring along: `/etc/containers`. */
  readonly folder: string;
}

export interface PodRunnerOptions {
  readonly client: KubeClient;
  /** Holds everything that survives a restart: logs, volumes, progress, running containers. */
  readonly stateDir: string;
  readonly runtime: Runtime;
  /** Absolute path of conmon. */
  readonly conmon: string;
  readonly images: ImageProvider;
  /** Credentials that a pod has at registries beside its imagePullSecrets, such as its ServiceAccount's. */
  readonly pullCredentials?: ((pod: Pod) => CredentialSource) | undefined;
  readonly nodeName: string;
  readonly services: ServiceAddresses;
  readonly logger?: Logger;
  readonly clock?: Clock;
  /** Stops the runner as `close` does; containers go on. */
  readonly signal?: AbortSignal;
}

/** What the parts of the runner share. */
export interface RunnerContext {
  readonly client: KubeClient;
  readonly stateDir: string;
  readonly monitor: ContainerMonitor;
  readonly images: ImageProvider;
  readonly pullCredentials?: ((pod: Pod) => CredentialSource) | undefined;
  readonly nodeName: string;
  /** Address of the machine, which is also that of each pod. */
  readonly address: string;
  readonly services: ServiceAddresses;
  readonly events: EventRecorder;
  readonly logger: Logger;
  readonly clock: Clock;
}
