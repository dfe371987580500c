import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeClient, WatchEvent, WatchOptions } from '../client.ts';
import { ownerReference } from '../metadata.ts';
import type { KubeObject } from '../objects/metadata.ts';
import { type ResourceType, resources } from '../resources.ts';
import { controller } from './controller.ts';

const run: KubeObject = {
  apiVersion: 'tekton.dev/v1',
  kind: 'TaskRun',
  metadata: { name: 'r', namespace: 'n', uid: 'u', resourceVersion: '1' },
};
const pod: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'r-pod',
    namespace: 'n',
    resourceVersion: '2',
    ownerReferences: [ownerReference(run, { controller: true })],
  },
};

/** Lists one run, and sends the events given by the test for pods. */
function clientOf(podEvents: AsyncIterable<WatchEvent>): KubeClient {
  const client = {
    list: async (type: ResourceType) => ({
      items: type.kind === 'TaskRun' ? [run] : [],
      resourceVersion: '1',
    }),
    async *watch(type: ResourceType, { signal }: WatchOptions) {
      if (type.kind === 'Pod') yield* podEvents;
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    },
  };
  return client as unknown as KubeClient;
}

test('an object is reconciled when it appears, when what it owns changes, and again after a failure', async () => {
  const abort = new AbortController();
  const sendPod = Promise.withResolvers<void>();
  const finished = Promise.withResolvers<void>();
  const seen: string[] = [];
  async function* podEvents(): AsyncGenerator<WatchEvent> {
    await sendPod.promise;
    yield { type: 'ADDED', object: pod };
  }
  const running = controller<KubeObject>({
    client: clientOf(podEvents()),
    type: resources.taskruns,
    resyncOn: [{ type: resources.pods }],
    signal: abort.signal,
    reconcile: async (key, object) => {
      seen.push(`${key} ${object?.kind} ${running.triggers[0]?.items().length} pods`);
      if (seen.length === 1) throw new Error('try again');
      if (seen.length === 2) sendPod.resolve();
      if (seen.length === 3) finished.resolve();
    },
  });
  await running.ready;
  await finished.promise;
  abort.abort();
  assert.deepEqual(seen, ['n/r TaskRun 0 pods', 'n/r TaskRun 0 pods', 'n/r TaskRun 1 pods']);
});
