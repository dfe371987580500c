import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { BytePath } from './byte-path.ts';
import { EntryTable } from './entry-table.ts';
import type { LayerEntry } from './layer-entry.ts';

const part = fc.constantFrom('a', 'b', 'a-b', 'a.c', 'a0', '\xff', 'x'.repeat(300));
const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/') as BytePath);
const optional = fc.option(fc.constantFrom('/context/', '/a/b/', '/'), { nil: undefined });

const entry: fc.Arbitrary<LayerEntry> = fc
  .record({
    target: path,
    type: fc.constantFrom<LayerEntry['type'][]>('file', 'directory', 'symlink', 'fifo'),
    mode: fc.nat(0o7777),
    uid: fc.nat(2 ** 32 - 1),
    gid: fc.nat(2 ** 32 - 1),
    mtimeNs: fc.bigInt(-(2n ** 62n), 2n ** 62n),
    size: fc.maxSafeNat(),
    root: optional,
    link: fc.option(fc.constant('there'), { nil: undefined }),
    identity: fc.option(
      fc.array(fc.nat(2 ** 32 - 1), { minLength: 10, maxLength: 10 }).map((words) => Uint32Array.from(words)),
      { nil: undefined },
    ),
    implied: fc.constantFrom(undefined, true as const),
  })
  .map(({ root, link, identity, implied, ...rest }) => ({
    ...rest,
    ...(root === undefined ? {} : { file: root + rest.target.slice(rest.target.indexOf('/') + 1) }),
    ...(link === undefined ? {} : { link }),
    ...(identity === undefined ? {} : { identity: withNumbers(identity, rest.size, rest.mtimeNs) }),
    ...(implied === undefined ? {} : { implied }),
  }));

/** A file's identity has its size and its time. */
function withNumbers(words: Uint32Array<ArrayBuffer>, size: number, mtimeNs: bigint): Uint32Array {
  const numbers = new BigInt64Array(words.buffer);
  numbers[2] = BigInt(size);
  numbers[3] = mtimeNs;
  return words;
}

const operation = fc.oneof(
  { weight: 9, arbitrary: entry.map((added) => ({ added })) },
  { weight: 1, arbitrary: path.map((removed) => ({ removed })) },
);

test('a table is what a map of entries is', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 80 }), (operations) => {
      const table = new EntryTable();
      const model = new Map<string, LayerEntry>();
      for (const one of operations) {
        if ('added' in one) {
          table.set(one.added);
          model.set(one.added.target, one.added);
          continue;
        }
        table.removeTree(one.removed);
        for (const known of [...model.keys()])
          if (known === one.removed || known.startsWith(`${one.removed}/`)) model.delete(known);
      }
      const wanted = [...model.values()].sort((a, b) => (a.target < b.target ? -1 : 1));
      assert.deepEqual([...table], wanted);
      assert.equal(table.size, model.size);
      for (const { target } of wanted) assert.deepEqual(table.get(target), model.get(target));
      assert.equal(
        table.changesNothing,
        wanted.every(({ implied }) => implied),
      );
    }),
  );
});

test('a hundred thousand entries take about a hundred bytes each', () => {
  const table = new EntryTable();
  const before = process.memoryUsage();
  const count = 100_000;
  for (let index = 0; index < count; index++) {
    const target =
      `folder-${String(index >> 8).padStart(4, '0')}/file-${String(index).padStart(7, '0')}` as BytePath;
    const file = `/somewhere/context/${target}`;
    const stamp = { dev: 1n, ino: BigInt(index), ctimeNs: 7n };
    table.set({ target, type: 'file', mode: 0o644, uid: 0, gid: 0, mtimeNs: 5n, size: 9, file, stamp });
  }
  const after = process.memoryUsage();
  const bytes = (after.arrayBuffers - before.arrayBuffers) / count;
  assert.ok(bytes < 130, `${bytes} bytes an entry`);
  let seen = 0;
  for (const { target, file } of table) {
    assert.equal(file, `/somewhere/context/${target}`);
    seen += 1;
  }
  assert.equal(seen, count);
});
