import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Challenge, parseChallenges } from './challenge.ts';

const cases: [header: string, challenges: Challenge[]][] = [
  ['Basic realm="x"', [{ scheme: 'basic', parameters: { realm: 'x' } }]],
  [
    'Bearer realm="https://a/token",service="r",scope="repository:a:pull,push"',
    [
      {
        scheme: 'bearer',
        parameters: { realm: 'https://a/token', service: 'r', scope: 'repository:a:pull,push' },
      },
    ],
  ],
  [
    'Bearer Realm = token , error=insufficient_scope',
    [{ scheme: 'bearer', parameters: { realm: 'token', error: 'insufficient_scope' } }],
  ],
  [
    'Basic realm="a \\"b\\"", Bearer realm="c"',
    [
      { scheme: 'basic', parameters: { realm: 'a "b"' } },
      { scheme: 'bearer', parameters: { realm: 'c' } },
    ],
  ],
  [
    'Negotiate, Basic realm="x"',
    [
      { scheme: 'negotiate', parameters: {} },
      { scheme: 'basic', parameters: { realm: 'x' } },
    ],
  ],
  ['', []],
  ['"', []],
];

for (const [header, challenges] of cases) {
  test(`challenge ${header}`, () => assert.deepEqual(parseChallenges(header), challenges));
}
