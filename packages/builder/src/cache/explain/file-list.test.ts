import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { BytePath } from '../../copy/byte-path.ts';
import type { LayerEntry } from '../../copy/layer-entry.ts';
import { FileList } from './file-list.ts';

/** Mode and start of the digest by path. */
type Files = ReadonlyMap<string, { readonly mode: number; readonly digest: string }>;

function listOf(files: Files): FileList {
  const entries = [...files].map(([path, { mode, digest }]): [string, LayerEntry] => {
    const common = { uid: 0, gid: 0, mtimeNs: 0n, size: 1, target: path as BytePath };
    return [path, { ...common, type: 'file', mode, digestStart: digest }];
  });
  return FileList.of(entries);
}

const name = fc.oneof(fc.constantFrom('a', 'aa', 'b', 'a/b', '\n', '\t"', 'é'), fc.string({ minLength: 1 }));
const facts = fc.record({
  mode: fc.constantFrom(0o644, 0o755),
  digest: fc.constantFrom('0123456789abcdef', 'fedcba9876543210'),
});
const files: fc.Arbitrary<Files> = fc
  .array(fc.tuple(name, facts), { maxLength: 20 })
  .map((pairs) => new Map(pairs.sort(([a], [b]) => (a < b ? -1 : 1))));

test('two lists differ as their files do, also when one was kept meanwhile', async () => {
  await fc.assert(
    fc.asyncProperty(files, files, async (before, now) => {
      const kept = await FileList.decode(await listOf(before).encode());
      const { changed, counts } = listOf(now).since(kept!);
      const differing = [...now].filter(([path, file]) => {
        const old = before.get(path);
        return old !== undefined && (old.mode !== file.mode || old.digest !== file.digest);
      });
      assert.deepEqual(counts, {
        changed: differing.length,
        added: [...now.keys()].filter((path) => !before.has(path)).length,
        removed: [...before.keys()].filter((path) => !now.has(path)).length,
      });
      for (const { path, what } of changed) {
        const [old, file] = [before.get(path)!, now.get(path)!];
        assert.equal(what.includes('mode'), old.mode !== file.mode);
        assert.equal(what.includes('content'), old.digest !== file.digest);
      }
      assert.equal(
        listOf(now).digest() === kept!.digest(),
        counts.changed + counts.added + counts.removed === 0,
      );
    }),
  );
});

test('folders that were only passed through are in no list, and what is damaged is none', async () => {
  const folder: LayerEntry = {
    ...{ target: 'd' as BytePath, type: 'directory', mode: 0o755, uid: 0, gid: 0, mtimeNs: 0n, size: 0 },
    implied: true,
  };
  assert.ok(FileList.of([['d', folder]]).isEmpty);
  assert.equal(await FileList.decode(Buffer.from('no gzip')), undefined);
});
