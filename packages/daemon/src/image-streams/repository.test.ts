import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitTagName, streamOf } from './repository.ts';

const cases: [repository: string, stream: { namespace: string; name: string } | undefined][] = [
  ['team/app', { namespace: 'team', name: 'app' }],
  ['team/my_app.v2', { namespace: 'team', name: 'my_app.v2' }],
  ['app', undefined],
  ['team/app/cache', undefined],
  ['docker.io/library', undefined],
  ['docker.io/library/golang', undefined],
];

for (const [repository, stream] of cases) {
  test(`the image stream of ${repository} is ${stream?.name ?? 'none'}`, () => {
    assert.deepEqual(streamOf(repository), stream);
  });
}

test('the name of a tag splits at its first colon', () => {
  assert.deepEqual(splitTagName('app:1.0'), { stream: 'app', tag: '1.0' });
  assert.deepEqual(splitTagName('app'), { stream: 'app', tag: '' });
});
