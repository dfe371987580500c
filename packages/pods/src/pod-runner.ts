import { readdir, rm } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { basename, join } from 'node:path';
import { ContainerMonitor, unmountAll } from '@slipway/containers';
import { type Logger, silentLogger, systemClock } from '@slipway/core';
import { Informer, type InformerEvent, type Pod, resources } from '@slipway/kube';
import { PodLogs } from './logs/pod-logs.ts';
import { registerNode } from './node.ts';
import { PodWorker } from './pod/pod-worker.ts';
import { StopOrder } from './pod/stop-order.ts';
import type { PodRunnerOptions, RunnerContext } from './runner-options.ts';
import { EventRecorder } from './status/event-recorder.ts';
import { followClaims } from './volumes/claims.ts';

/** How long containers get when the whole runner stops. */
const SHUTDOWN_GRACE_SECONDS = 3;

/** Makes the pods of one machine real: watches them, runs their containers, reports their states, keeps their logs. */
export class PodRunner implements AsyncDisposable {
  /** Where the API server gets the logs of pods from. */
  readonly logs: PodLogs;
  readonly #runner: RunnerContext;
  readonly #workers = new Map<string, PodWorker>();
  readonly #removing = new Set<Promise<void>>();
  readonly #abort = new AbortController();
  #isClosed = false;

  private constructor(runner: RunnerContext) {
    this.#runner = runner;
    this.logs = new PodLogs(runner.stateDir, (uid) => this.#workers.get(uid));
  }

  /** Goes on with what an earlier process left running, removes what nobody wants any more, and follows new pods. */
  static async start(options: PodRunnerOptions): Promise<PodRunner> {
    const logger = options.logger ?? silentLogger;
    const clock = options.clock ?? systemClock;
    const { client, nodeName, runtime, conmon } = options;
    const monitor = new ContainerMonitor({ runtime, conmon, stateDir: join(options.stateDir, 'monitor') });
    const events = new EventRecorder({ client, nodeName, logger, clock });
    const address = machineAddress();
    const runner = new PodRunner({ ...options, monitor, events, address, logger, clock });
    options.signal?.addEventListener('abort', () => void runner.close({ detach: true }), { once: true });
    const node = {
      name: nodeName,
      address,
      runtime: `${runtime.name}://${runtime.version}`,
      now: clock.now(),
    };
    await Promise.all([registerNode(client, node), runner.#follow(logger)]);
    return runner;
  }

  /**
   * A process in whose namespaces containers of this state folder run, for the `join` of `reexecInUserNamespace`: only there can
   * an ordinary user's next runner reach them. Undefined when none runs.
   */
  static async namespaceHolder(stateDir: string): Promise<number | undefined> {
    return await ContainerMonitor.namespaceHolder(join(stateDir, 'monitor'));
  }

  /**
   * Stops following pods. Their containers are ended and the pods failed; with `detach` they go on, for a later runner on the
   * same state folder.
   */
  async close(options: { readonly detach?: boolean } = {}): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#abort.abort();
    const order = options.detach
      ? new StopOrder('detach', 0)
      : new StopOrder('shutdown', SHUTDOWN_GRACE_SECONDS);
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop(order)));
    await Promise.all(this.#removing);
    await this.#runner.events.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #follow(logger: Logger): Promise<void> {
    const { client, stateDir } = this.#runner;
    const { signal } = this.#abort;
    const informer = new Informer<Pod>(client, resources.pods, {
      signal,
      logger,
      onEvent: (event) => this.#onEvent(event),
    });
    void informer.run();
    await informer.ready;
    await this.#removeOrphans(new Set(informer.items().map((pod) => pod.metadata.uid ?? '')));
    followClaims({ client, stateDir, logger, signal });
  }

  #onEvent({ type, object }: InformerEvent<Pod>): void {
    const { uid = '', deletionTimestamp, deletionGracePeriodSeconds = 30 } = object.metadata;
    const { nodeName } = object.spec;
    if (nodeName !== undefined && nodeName !== '' && nodeName !== this.#runner.nodeName) return;
    const known = this.#workers.get(uid);
    // Every pod has had a worker from its first event; one without is removed already.
    if (type === 'DELETED' && !known) return;
    const worker = known ?? this.#addWorker(uid, object);
    if (type === 'DELETED') this.#remove(uid, worker, 0);
    else if (deletionTimestamp !== undefined) this.#remove(uid, worker, deletionGracePeriodSeconds);
    else if (!isOver(object)) worker.start();
  }

  #addWorker(uid: string, pod: Pod): PodWorker {
    const worker = new PodWorker(this.#runner, structuredClone(pod));
    this.#workers.set(uid, worker);
    return worker;
  }

  #remove(uid: string, worker: PodWorker, graceSeconds: number): void {
    const removing = worker.remove(graceSeconds).then(
      () => void this.#workers.delete(uid),
      (error: unknown) => this.#runner.logger.error('a pod was not removed', { uid, error: String(error) }),
    );
    this.#removing.add(removing);
    void removing.finally(() => this.#removing.delete(removing));
  }

  /** What a pod left that was deleted while nobody ran here. */
  async #removeOrphans(known: ReadonlySet<string>): Promise<void> {
    const { stateDir, monitor } = this.#runner;
    for (const id of await monitor.list()) {
      if (!known.has(id.split('_')[0]!)) await (await monitor.attach(id))?.remove();
    }
    for (const name of await readdir(join(stateDir, 'sandboxes')).catch(() => [])) {
      if (known.has(name)) continue;
      await unmountAll(join(stateDir, 'sandboxes', name));
      await rm(join(stateDir, 'sandboxes', name), { recursive: true, force: true });
    }
    for (const name of await readdir(join(stateDir, 'pods')).catch(() => [])) {
      const uid = basename(name).split('_').at(-1)!;
      if (!known.has(uid)) await rm(join(stateDir, 'pods', name), { recursive: true, force: true });
    }
  }
}

function isOver(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** The first address of this machine that is not its own loopback, which pods share with it. */
function machineAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.find((each) => each.family === 'IPv4' && !each.internal)?.address ?? '127.0.0.1';
}
