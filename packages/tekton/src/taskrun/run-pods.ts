import {
  controllerOf,
  isStatus,
  type KubeClient,
  type Pod,
  resources,
  StatusError,
  type TaskRun,
} from '@slipway/kube';
import type { TektonConfig } from '../config.ts';
import { buildPod, podName } from '../pod/build-pod.ts';
import { type Credentials, findCredentials } from '../pod/credentials.ts';
import { createClaims } from './claims.ts';
import type { PreparedTask } from './prepare.ts';
import { RunFailure } from './run-failure.ts';

interface RunPodsOptions {
  readonly client: KubeClient;
  readonly config: TektonConfig;
  /** The Pod as the controller's cache has it. */
  readonly cached: (namespace: string, name: string) => Pod | undefined;
  readonly onMissingSecrets: (taskRun: TaskRun, names: readonly string[]) => void;
}

/** The Pods of runs: found, made once, taken away. */
export class RunPods {
  readonly #options: RunPodsOptions;

  constructor(options: RunPodsOptions) {
    this.#options = options;
  }

  /** The run's Pod; undefined when none was made yet, or when it is gone. */
  async find(taskRun: TaskRun): Promise<Pod | undefined> {
    const recorded = taskRun.status?.podName;
    const namespace = taskRun.metadata.namespace ?? '';
    // One that is not recorded may have been made just before a crash.
    const cached = this.#options.cached(namespace, recorded ?? podName(taskRun));
    const pod = cached ?? (recorded ? await this.#get(namespace, recorded) : undefined);
    return pod && isOwn(pod, taskRun) ? pod : undefined;
  }

  async #get(namespace: string, name: string): Promise<Pod | undefined> {
    try {
      return await this.#options.client.get<Pod>(resources.pods, name, namespace);
    } catch (error) {
      if (isStatus(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  /** Makes the run's Pod with the claims it needs; finds it when an earlier try, cut off, had made it. */
  async create(taskRun: TaskRun, task: PreparedTask): Promise<Pod> {
    const { client, config } = this.#options;
    await createClaims(client, taskRun);
    try {
      const credentials = await this.#credentials(taskRun);
      const { podSpec: spec, podTemplate, resources: added } = task;
      return await client.create(
        resources.pods,
        buildPod({ taskRun, spec, podTemplate, credentials, resources: added, config }),
      );
    } catch (error) {
      if (isStatus(error, 'AlreadyExists')) return this.#adopt(taskRun);
      throw creationFailure(taskRun, error);
    }
  }

  async #credentials(taskRun: TaskRun): Promise<Credentials> {
    const { client, config, onMissingSecrets } = this.#options;
    const { serviceAccountName = config.defaultServiceAccount } = taskRun.spec;
    const credentials = await findCredentials(client, taskRun.metadata.namespace ?? '', serviceAccountName);
    if (credentials.missing.length > 0) onMissingSecrets(taskRun, credentials.missing);
    return credentials;
  }

  async #adopt(taskRun: TaskRun): Promise<Pod> {
    const name = podName(taskRun);
    const pod = await this.#options.client.get<Pod>(resources.pods, name, taskRun.metadata.namespace);
    if (isOwn(pod, taskRun)) return pod;
    throw new RunFailure(
      'PodCreationFailed',
      `failed to create task run pod "${name}": a Pod of that name exists and belongs to something else`,
    );
  }

  /** Deletes the run's Pod; one that is gone is as good. */
  async remove(taskRun: TaskRun): Promise<void> {
    const pod = await this.find(taskRun);
    if (!pod) return;
    const { name, namespace, uid = '' } = pod.metadata;
    try {
      await this.#options.client.delete(resources.pods, name, { namespace, preconditions: { uid } });
    } catch (error) {
      if (!isStatus(error, 'NotFound', 'Conflict')) throw error; // gone, or another by now
    }
  }
}

const isOwn = (pod: Pod, taskRun: TaskRun): boolean => controllerOf(pod)?.uid === taskRun.metadata.uid;

const DEFINITIVE = ['Forbidden', 'Invalid', 'BadRequest', 'NotFound', 'RequestEntityTooLarge'] as const;

/** A refusal ends the run with what the API said; anything else is tried again. */
function creationFailure(taskRun: TaskRun, error: unknown): unknown {
  if (!(error instanceof StatusError) || !isStatus(error, ...DEFINITIVE)) return error;
  const { reason, details } = error.status;
  const message = `failed to create task run pod "${taskRun.metadata.name}": ${error.message}`;
  if (isStatus(error, 'Forbidden')) return new RunFailure('PodCreationFailed', message);
  if (reason === 'NotFound' && details?.kind === 'serviceaccounts' && details.name) {
    const command = `kubectl create serviceaccount ${details.name} -n ${taskRun.metadata.namespace}`;
    return new RunFailure('PodCreationFailed', `${message}: make it, then run again: ${command}`);
  }
  const { taskRef } = taskRun.spec;
  const guess = taskRef
    ? `missing or invalid Task ${taskRun.metadata.namespace}/${taskRef.name}`
    : 'invalid TaskSpec';
  return new RunFailure('PodCreationFailed', `${message}. Maybe ${guess}`);
}
