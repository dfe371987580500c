import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImageStream } from '@slipway/kube';
import { IMAGE_STREAM_TYPES } from './stream-types.ts';

const now = new Date('2026-01-02T00:00:00Z');
const secondsAgo = (seconds: number): string => new Date(now.getTime() - seconds * 1000).toISOString();

function stream(tags: Record<string, number>): ImageStream {
  return {
    apiVersion: 'image.openshift.io/v1',
    kind: 'ImageStream',
    metadata: { name: 'app', namespace: 'team' },
    status: {
      dockerImageRepository: 'registry.svc:5000/team/app',
      tags: Object.entries(tags).map(([tag, seconds]) => ({
        tag,
        items: [{ created: secondsAgo(seconds), dockerImageReference: '', image: '', generation: 1 }],
      })),
    },
  };
}

function cells(object: ImageStream): unknown[] {
  return IMAGE_STREAM_TYPES[0]!.columns.map((column) => column.cell(object, now));
}

// The words of github.com/docker/go-units HumanDuration, which oc prints.
const ages: [seconds: number, text: string][] = [
  [0, 'Less than a second ago'],
  [1, '1 second ago'],
  [59, '59 seconds ago'],
  [60, 'About a minute ago'],
  [150, '2 minutes ago'],
  [3600, 'About an hour ago'],
  [47 * 3600, '47 hours ago'],
  [48 * 3600, '2 days ago'],
  [15 * 86_400, '2 weeks ago'],
  [70 * 86_400, '2 months ago'],
  [800 * 86_400, '2 years ago'],
];

for (const [seconds, text] of ages) {
  test(`${seconds} seconds ago reads "${text}"`, () => {
    assert.equal(cells(stream({ latest: seconds })).at(-1), text);
  });
}

test('the table shows the three tags that changed last', () => {
  assert.deepEqual(cells(stream({ a: 400, b: 100, c: 300, d: 200 })), [
    'app',
    'registry.svc:5000/team/app',
    'b,d,c + 1 more...',
    'About a minute ago',
  ]);
});

test('a stream without status or tags has empty cells', () => {
  const { status: _, ...bare } = stream({});
  assert.deepEqual(cells(bare), ['app', '', '', '']);
});

test('a stream is named like a component of a repository', () => {
  const validate = (name: string): number =>
    IMAGE_STREAM_TYPES[0]!.strategy.validate!({ ...stream({}), metadata: { name, namespace: 'team' } })
      .length;
  assert.equal(validate('my_app.v2'), 0);
  for (const name of ['App', 'a:b', '-a', 'a b']) assert.equal(validate(name), 1, name);
});
