import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '@slipway/core';
import type { KubeClient, ObjectList, WatchEvent, WatchOptions } from '../client.ts';
import type { KubeObject } from '../objects/metadata.ts';
import { resources } from '../resources.ts';
import { StatusError } from '../status-error.ts';
import { type InformerEvent, watchAll } from './informer.ts';

const object = (name: string, version: number): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'n', uid: name, resourceVersion: String(version) },
});

type Watch = (options: WatchOptions) => AsyncIterable<WatchEvent>;

/** A server that answers the lists and watches of one informer one after the other. */
function scripted(
  lists: (() => ObjectList<KubeObject>)[],
  watches: Watch[],
): Pick<KubeClient, 'list' | 'watch'> & { seen: string[] } {
  const seen: string[] = [];
  return {
    seen,
    list: async () => {
      seen.push('list');
      return (lists.length > 1 ? lists.shift()! : lists[0]!)() as never;
    },
    watch: ((_type: unknown, options: WatchOptions) => {
      seen.push(`watch ${options.resourceVersion}`);
      return (watches.shift() ?? forever)(options);
    }) as KubeClient['watch'],
  };
}

async function* forever({ signal }: WatchOptions): AsyncGenerator<WatchEvent> {
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  yield* [];
}

const events = (...given: WatchEvent[]): Watch =>
  async function* () {
    yield* given;
  };

async function* expired(): AsyncGenerator<WatchEvent> {
  yield* [];
  throw StatusError.expired();
}

/** Time that passes only when someone sleeps. */
function fastClock(): Clock & { slept: number } {
  const clock = {
    slept: 0,
    now: () => new Date(clock.slept),
    sleep: async (ms: number, signal?: AbortSignal) => {
      clock.slept += ms;
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
    },
  };
  return clock;
}

/** Runs an informer against a script until it has seen `want`, and returns what it told. */
async function follow(
  lists: (() => ObjectList<KubeObject>)[],
  watches: Watch[],
  want: (seen: string[]) => boolean,
): Promise<{ told: string[]; seen: string[]; items: string[] }> {
  const abort = new AbortController();
  const client = scripted(lists, watches);
  const told: string[] = [];
  const onEvent = ({ type, object: { metadata } }: InformerEvent<KubeObject>): void => {
    told.push(`${type} ${metadata.name}@${metadata.resourceVersion}`);
  };
  const informer = watchAll(client as unknown as KubeClient, resources.configmaps, {
    signal: abort.signal,
    onEvent,
    clock: fastClock(),
  });
  for (let turn = 0; turn < 1000 && !want(client.seen); turn++)
    await new Promise((resolve) => setImmediate(resolve));
  const items = informer.items().map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`);
  abort.abort();
  return { told, seen: client.seen, items };
}

const list =
  (version: number, ...items: KubeObject[]) =>
  (): ObjectList<KubeObject> => ({ items, resourceVersion: String(version) });

test('the list comes first, then changes from its version on', async () => {
  const changes = events(
    { type: 'ADDED', object: object('b', 11) },
    { type: 'MODIFIED', object: object('a', 12) },
    { type: 'DELETED', object: object('b', 13) },
  );
  const result = await follow([list(10, object('a', 5))], [changes], (seen) => seen.length === 3);
  assert.deepEqual(result.told, ['ADDED a@5', 'ADDED b@11', 'MODIFIED a@12', 'DELETED b@13']);
  assert.deepEqual(result.seen, ['list', 'watch 10', 'watch 13']);
  assert.deepEqual(result.items, ['a@12']);
});

test('a bookmark moves the version on', async () => {
  const bookmark = events({ type: 'BOOKMARK', object: object('', 20) });
  const { seen, told } = await follow([list(10)], [bookmark], (calls) => calls.length === 3);
  assert.deepEqual(seen, ['list', 'watch 10', 'watch 20']);
  assert.deepEqual(told, []);
});

test('an expired version is listed again, and the difference is told', async () => {
  const lists = [
    list(10, object('gone', 1), object('same', 2), object('old', 3)),
    list(30, object('same', 2), object('old', 25), object('new', 26)),
  ];
  const { told, seen } = await follow(lists, [expired], (calls) => calls.length === 4);
  assert.deepEqual(seen, ['list', 'watch 10', 'list', 'watch 30']);
  assert.deepEqual(told.slice(3), ['DELETED gone@1', 'MODIFIED old@25', 'ADDED new@26']);
});

test('a server that fails is asked again after a delay, from the last version', async () => {
  const refuse = (): never => {
    throw StatusError.unavailable('down');
  };
  const { seen } = await follow([refuse, refuse, list(10)], [refuse], (calls) => calls.length === 5);
  assert.deepEqual(seen, ['list', 'list', 'list', 'watch 10', 'watch 10']);
});

test('a handler that throws does not stop the informer', async () => {
  const abort = new AbortController();
  const client = scripted([list(10, object('a', 1), object('b', 2))], []);
  const informer = watchAll(client as unknown as KubeClient, resources.configmaps, {
    signal: abort.signal,
    onEvent: () => {
      throw new Error('a bug');
    },
  });
  await informer.ready;
  assert.deepEqual(informer.get('n', 'b')?.metadata.name, 'b');
  abort.abort();
});

test('an abort before the first list rejects ready', async () => {
  const abort = new AbortController();
  const client = scripted([() => abort.signal.throwIfAborted() as never], []);
  abort.abort(new Error('stopped'));
  const informer = watchAll(client as unknown as KubeClient, resources.configmaps, { signal: abort.signal });
  await assert.rejects(informer.ready, /stopped/);
});
