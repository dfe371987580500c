import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { WorkQueue } from './work-queue.ts';

const { signal } = new AbortController();

test('a key that waits is not added twice', async () => {
  const done: string[] = [];
  const queue = new WorkQueue({ signal, concurrency: 1, process: async (key) => void done.push(key) });
  for (const key of ['a', 'b', 'b', 'c', 'b']) queue.add(key);
  await queue.idle();
  assert.deepEqual(done, ['a', 'b', 'c']);
});

test('a key that is added while it is processed comes again, never twice at once', async () => {
  let active = 0;
  let runs = 0;
  const queue: WorkQueue = new WorkQueue({
    signal,
    process: async (key) => {
      active += 1;
      assert.equal(active, 1);
      if (++runs < 3) queue.add(key);
      await turn();
      active -= 1;
    },
  });
  queue.add('a');
  await queue.idle();
  assert.equal(runs, 3);
});

test('no more keys at once than allowed', async () => {
  let active = 0;
  let most = 0;
  const queue = new WorkQueue({
    signal,
    concurrency: 2,
    process: async () => {
      most = Math.max(most, ++active);
      await turn();
      active -= 1;
    },
  });
  for (const key of 'abcdef') queue.add(key);
  await queue.idle();
  assert.equal(most, 2);
});

test('a key that fails comes again, after longer and longer delays', async () => {
  const failures: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const queue = new WorkQueue({
    signal,
    process: async () => {
      if (failures.length === 3) return resolve();
      throw new Error('not yet');
    },
    onError: (key, error, count) => {
      assert.equal(key, 'a');
      assert.match(String(error), /not yet/);
      failures.push(count);
    },
  });
  queue.add('a');
  await promise;
  assert.deepEqual(failures, [1, 2, 3]);
});

test('of several delays the earliest counts', async () => {
  let now = 0;
  const sleeps: { ms: number; wake: () => void; stopped: boolean }[] = [];
  const clock = {
    now: () => new Date(now),
    sleep: (ms: number, stop?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        const sleep = { ms, wake: resolve, stopped: false };
        sleeps.push(sleep);
        stop?.addEventListener('abort', () => {
          sleep.stopped = true;
          reject(stop.reason);
        });
      }),
  };
  const done: string[] = [];
  const queue = new WorkQueue({ signal, clock, process: async (key) => void done.push(key) });
  queue.addAfter('a', 1000);
  queue.addAfter('a', 5000);
  queue.addAfter('a', 100);
  assert.deepEqual(
    sleeps.map(({ ms, stopped }) => [ms, stopped]),
    [
      [1000, true],
      [100, false],
    ],
  );
  now = 100;
  sleeps[1]?.wake();
  await turn();
  assert.deepEqual(done, ['a']);
});

test('processing may ask to come again', async () => {
  let runs = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const queue = new WorkQueue({
    signal,
    process: async () => {
      if (++runs === 2) resolve();
      return runs < 2 ? { requeueAfterMs: 1 } : undefined;
    },
  });
  queue.add('a');
  await promise;
  assert.equal(runs, 2);
});

test('after an abort nothing begins', async () => {
  const abort = new AbortController();
  const done: string[] = [];
  const queue = new WorkQueue({ signal: abort.signal, process: async (key) => void done.push(key) });
  queue.addAfter('later', 1);
  abort.abort();
  queue.add('a');
  await queue.idle();
  assert.deepEqual(done, []);
});
