import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Turns } from './turns.ts';

test('no more than the limit run at a time, in order; a failure gives its turn on', async () => {
  const turns = new Turns(2);
  const begun: number[] = [];
  let running = 0;
  const action = (index: number) => async (): Promise<number> => {
    begun.push(index);
    running += 1;
    assert.ok(running <= 2);
    await new Promise((resolve) => setTimeout(resolve, 5 * (index % 3)));
    running -= 1;
    if (index % 4 === 1) throw new Error(`${index}`);
    return index;
  };
  const all = await Promise.allSettled(Array.from({ length: 9 }, (_, index) => turns.take(action(index))));
  assert.deepEqual(begun, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(
    all.map(({ status }) => status === 'fulfilled'),
    [true, false, true, true, true, false, true, true, true],
  );
});
