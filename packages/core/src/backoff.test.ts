import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retry } from './backoff.ts';

const instant = { now: () => new Date(0), sleep: async () => {} };

test('retry stops at the first success', async () => {
  let calls = 0;
  const value = await retry(
    async () => {
      calls += 1;
      if (calls < 3) throw new Error('not yet');
      return calls;
    },
    { clock: instant },
  );
  assert.equal(value, 3);
});

test('retry throws the last failure when the tries are used up', async () => {
  await assert.rejects(
    retry(async (attempt) => Promise.reject(new Error(`try ${attempt}`)), { tries: 2, clock: instant }),
    /try 1/,
  );
});

test('a failure that is not retryable is thrown at once', async () => {
  let calls = 0;
  const action = async (): Promise<void> => {
    calls += 1;
    throw new Error('no');
  };
  await assert.rejects(retry(action, { retryable: () => false, clock: instant }));
  assert.equal(calls, 1);
});

test('a failure that asks for a longer wait gets it, also above the largest delay', async () => {
  const waits: number[] = [];
  const clock = { now: () => new Date(0), sleep: async (ms: number) => void waits.push(ms) };
  const action = async (attempt: number): Promise<void> => {
    throw new Error(attempt === 0 ? 'busy' : 'no');
  };
  const atLeastMs = (error: unknown): number => (String(error).includes('busy') ? 5000 : 0);
  await assert.rejects(retry(action, { tries: 3, initialMs: 10, maxMs: 20, atLeastMs, clock }), /no/);
  assert.equal(waits[0], 5000);
  assert.ok(waits[1]! < 30, `${waits[1]}`);
});
