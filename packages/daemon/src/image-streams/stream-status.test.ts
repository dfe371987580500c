import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '@slipway/oci';
import type { TaggedDigest } from '@slipway/registry';
import { changedTags, streamStatus } from './stream-status.ts';

const names = { inCluster: 'registry.svc:5000/team/app', outside: '127.0.0.1:5000/team/app' };
const [one, two, three] = ['one', 'two', 'three'].map((text) => digestOf(text));

function tagged(tag: string, digest: string | undefined, minute: number): TaggedDigest {
  const updated = new Date(Date.UTC(2026, 0, 1, 12, minute));
  return { tag, digest: digest as TaggedDigest['digest'], mediaType: 'x', updated };
}

function status(tags: TaggedDigest[], before?: ReturnType<typeof streamStatus>, gone: string[] = []) {
  return streamStatus({ names, tags, before, generation: 1, holds: (digest) => !gone.includes(digest) });
}

test('a tag is shown with its image, time and the names of the repository', () => {
  assert.deepEqual(status([tagged('1.0', one, 5)]), {
    dockerImageRepository: 'registry.svc:5000/team/app',
    publicDockerImageRepository: '127.0.0.1:5000/team/app',
    tags: [
      {
        tag: '1.0',
        items: [
          {
            created: '2026-01-01T12:05:00Z',
            dockerImageReference: `registry.svc:5000/team/app@${one}`,
            image: one,
            generation: 1,
          },
        ],
      },
    ],
  });
});

test('a tag that moved keeps what it pointed at, newest first', () => {
  const before = status([tagged('1.0', one, 5)]);
  const after = status([tagged('1.0', two, 6)], before);
  assert.deepEqual(
    after.tags?.[0]?.items.map(({ image }) => image),
    [two, one],
  );
});

test('the same image pushed again changes nothing', () => {
  const before = status([tagged('1.0', one, 5)]);
  assert.deepEqual(status([tagged('1.0', one, 9)], before), before);
});

test('an image that the registry no longer has goes from the history', () => {
  const moved = status([tagged('1.0', two, 6)], status([tagged('1.0', one, 5)]));
  const after = status([tagged('1.0', three, 7)], moved, [one!]);
  assert.deepEqual(
    after.tags?.[0]?.items.map(({ image }) => image),
    [three, two],
  );
});

test('without tags there is no member for them', () => {
  assert.equal('tags' in status([]), false);
});

test('changed tags: those that moved, came or went', () => {
  const before = status([tagged('same', one, 1), tagged('moved', one, 1), tagged('gone', one, 1)]);
  const after = status([tagged('same', one, 2), tagged('moved', two, 2), tagged('new', one, 2)]);
  assert.deepEqual([...changedTags(before, after)].sort(), ['gone', 'moved', 'new']);
  assert.deepEqual([...changedTags(undefined, undefined)], []);
});
