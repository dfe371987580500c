// An API server with Tekton's controller in this process, and the words in which the tests speak of runs.
import assert from 'node:assert/strict';
import { ApiServer } from '@slipway/apiserver';
import { silentLogger } from '@slipway/core';
import {
  type Condition,
  type ContainerState,
  isStatus,
  type KubeClient,
  type Pod,
  type PodPhase,
  resources,
  type TaskRun,
  type TaskSpec,
} from '@slipway/kube';
import { startTekton, type Tekton, tektonAdmission } from '@slipway/tekton';
import { eventually, selfSignedCertificate, temporaryFolder } from '@slipway/testkit';

export const NAMESPACE = 'default';

export const echo: TaskSpec = { steps: [{ name: 'echo', image: 'busybox', command: ['true'] }] };

export const running: ContainerState = { running: { startedAt: '2026-01-01T00:00:01Z' } };

/** A container that ended with this code and these entries of its termination message. */
export const ended = (
  exitCode: number,
  ...entries: [key: string, value: string, type: number][]
): ContainerState => ({
  terminated: {
    exitCode,
    reason: exitCode === 0 ? 'Completed' : 'Error',
    startedAt: '2026-01-01T00:00:01Z',
    finishedAt: '2026-01-01T00:00:02Z',
    message: JSON.stringify(entries.map(([key, value, type]) => ({ key, value, type }))),
  },
});

export const succeeded = (run: TaskRun): Condition | undefined =>
  run.status?.conditions?.find(({ type }) => type === 'Succeeded');

/** A control plane without a pod runner: the tests write the statuses of Pods. */
export class Cluster implements AsyncDisposable {
  readonly client: KubeClient;
  readonly #server: ApiServer;
  readonly #folder: Disposable;
  #tekton: Tekton;

  private constructor(server: ApiServer, tekton: Tekton, folder: Disposable) {
    this.client = server.client;
    this.#server = server;
    this.#tekton = tekton;
    this.#folder = folder;
  }

  static async start(): Promise<Cluster> {
    const folder = temporaryFolder();
    const { cert, key } = await selfSignedCertificate();
    const server = await ApiServer.start({
      stateDir: folder.join('state'),
      listen: [],
      tls: { cert, key, ca: cert },
      issuerKeyFile: folder.join('issuer.key'),
      admission: [tektonAdmission()],
      logger: silentLogger,
    });
    return new Cluster(server, await startTekton({ client: server.client }), folder);
  }

  async stopTekton(): Promise<void> {
    await this.#tekton.close();
  }

  async startTekton(): Promise<void> {
    this.#tekton = await startTekton({ client: this.client });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tekton.close();
    await this.#server.close();
    this.#folder[Symbol.dispose]();
  }

  async createRun(spec: TaskRun['spec']): Promise<TaskRun> {
    return this.client.create<TaskRun>(resources.taskruns, {
      apiVersion: 'tekton.dev/v1',
      kind: 'TaskRun',
      metadata: { name: '', generateName: 'run-', namespace: NAMESPACE },
      spec,
    });
  }

  read(run: TaskRun): Promise<TaskRun> {
    return this.client.get<TaskRun>(resources.taskruns, run.metadata.name, NAMESPACE);
  }

  /** A JSON patch of the run's spec, as tkn sends it. */
  async patchRun(run: TaskRun, ...body: object[]): Promise<void> {
    const { name } = run.metadata;
    await this.client.patch(resources.taskruns, name, { type: 'json', body }, { namespace: NAMESPACE });
  }

  /** The run when its condition has this reason. */
  async runWith(run: TaskRun, reason: string): Promise<TaskRun> {
    let last: Condition | undefined;
    const look = async (): Promise<TaskRun | false> => {
      const now = await this.read(run);
      last = succeeded(now);
      return last?.reason === reason && now;
    };
    try {
      return await eventually(look, {
        what: `${run.metadata.name} is ${reason}`,
        deadlineMs: 5000,
        everyMs: 1,
      });
    } catch (error) {
      return assert.fail(`${String(error)}; it is ${JSON.stringify(last)}`);
    }
  }

  podOf(run: TaskRun, suffix = '-pod'): Promise<Pod> {
    const name = `${run.metadata.name}${suffix}`;
    return eventually(() => this.client.get<Pod>(resources.pods, name, NAMESPACE), {
      what: name,
      everyMs: 1,
    });
  }

  /** Writes the Pod's status as the pod runner does: one state for each container, in order. */
  async report(pod: Pod, phase: PodPhase, ...states: ContainerState[]): Promise<void> {
    const current = await this.client.get<Pod>(resources.pods, pod.metadata.name, NAMESPACE);
    const containerStatuses = current.spec.containers.map(({ name, image = '' }, index) => {
      const state = states[index] ?? { waiting: { reason: 'PodInitializing' } };
      return { name, image, imageID: `${image}@sha256:1`, ready: false, restartCount: 0, state };
    });
    const status = { phase, startTime: '2026-01-01T00:00:00Z', containerStatuses };
    await this.client.update(resources.pods, { ...current, status }, { subresource: 'status' });
  }

  /** Resolves when the Pod is deleted, or being deleted. */
  async goneOf(pod: Pod): Promise<void> {
    const look = async (): Promise<boolean> => {
      try {
        const found = await this.client.get<Pod>(resources.pods, pod.metadata.name, NAMESPACE);
        return found.metadata.deletionTimestamp !== undefined;
      } catch (error) {
        return isStatus(error, 'NotFound');
      }
    };
    await eventually(look, { what: `the deletion of ${pod.metadata.name}` });
  }
}
