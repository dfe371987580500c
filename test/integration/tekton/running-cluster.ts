// A whole control plane in this process: API server, Tekton's controller, and the pod runner with real containers.
import { ApiServer } from '@slipway/apiserver';
import { detectMonitor, detectRuntime } from '@slipway/containers';
import { silentLogger } from '@slipway/core';
import { type KubeClient, type KubeObject, resourceFor, resources, type TaskRun } from '@slipway/kube';
import { ContentStore, LayerStore } from '@slipway/oci';
import { type ImageProvider, PodRunner } from '@slipway/pods';
import { startTekton, tektonAdmission } from '@slipway/tekton';
import { busyboxImage, eventually, selfSignedCertificate, temporaryFolder } from '@slipway/testkit';

/** Every image is this machine's busybox; one named `nowhere` does not exist. */
async function busyboxOnly(folder: { join(name: string): string }): Promise<ImageProvider> {
  const store = await ContentStore.open(folder.join('content'));
  const busybox = await busyboxImage(store);
  const lower = await new LayerStore(folder.join('layers'), store).unpack(busybox.layers);
  const imageId = `busybox@${busybox.manifest.digest}`;
  return {
    async provide(reference) {
      if (reference.includes('nowhere')) throw new Error(`there is no image ${reference}`);
      return { reference, imageId, config: busybox.config, lower, pulled: false };
    },
  };
}

export interface RunningCluster extends AsyncDisposable {
  readonly client: KubeClient;
  /** Creates the objects in the namespace `default`, and returns the TaskRun among them when it is over. */
  run(...objects: KubeObject[]): Promise<TaskRun>;
  create(...objects: KubeObject[]): Promise<TaskRun>;
  over(run: TaskRun): Promise<TaskRun>;
}

export async function startCluster(): Promise<RunningCluster> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder());
  const { cert, key } = await selfSignedCertificate();
  const server = await ApiServer.start({
    stateDir: folder.join('state'),
    listen: [],
    tls: { cert, key, ca: cert },
    issuerKeyFile: folder.join('issuer.key'),
    admission: [tektonAdmission()],
    logger: silentLogger,
  });
  stack.defer(() => server.close());
  const { client } = server;
  const runner = await PodRunner.start({
    client,
    stateDir: folder.join('pods'),
    runtime: await detectRuntime(),
    conmon: await detectMonitor(),
    images: await busyboxOnly(folder),
    nodeName: 'test',
    services: { hosts: [], env: {} },
  });
  stack.defer(() => runner.close());
  const tekton = await startTekton({ client });
  stack.defer(() => tekton.close());

  const create = async (...objects: KubeObject[]): Promise<TaskRun> => {
    let run: KubeObject | undefined;
    for (const object of objects) {
      const metadata = { ...object.metadata, namespace: 'default' };
      const made = await client.create(resourceFor(object)!, { ...object, metadata });
      if (made.kind === 'TaskRun') run = made;
    }
    return run as TaskRun;
  };
  const over = (run: TaskRun): Promise<TaskRun> =>
    eventually(
      async () => {
        const now = await client.get<TaskRun>(resources.taskruns, run.metadata.name, 'default');
        const condition = now.status?.conditions?.[0];
        return condition !== undefined && condition.status !== 'Unknown' && now;
      },
      { what: `the end of ${run.metadata.name}`, deadlineMs: 60_000 },
    );
  const end = stack.move();
  return {
    client,
    create,
    over,
    run: async (...objects) => over(await create(...objects)),
    [Symbol.asyncDispose]: () => end.disposeAsync(),
  };
}
