import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mirrorTable, parseMirrorRules } from './mirror-table.ts';
import { formatReference, parseReference } from './reference.ts';

const cases: [rules: string, ref: string, candidates: string[]][] = [
  ['', 'golang', ['docker.io/library/golang:latest']],
  [
    '*=localhost:5000',
    'golang',
    ['localhost:5000/docker.io/library/golang:latest', 'docker.io/library/golang:latest'],
  ],
  ['docker.io=m.example/hub', 'golang:1', ['m.example/hub/library/golang:1', 'docker.io/library/golang:1']],
  ['docker.io/library=m.example', 'golang:1', ['m.example/golang:1', 'docker.io/library/golang:1']],
  ['docker.io/library=m.example', 'team/app:1', ['docker.io/team/app:1']],
  ['docker.io/lib=m.example', 'golang:1', ['docker.io/library/golang:1']],
  ['*=localhost:5000', 'localhost:5000/a:1', ['localhost:5000/a:1']],
  [
    'docker.io=a.example/x,*=b.example',
    'golang:1',
    ['a.example/x/library/golang:1', 'b.example/docker.io/library/golang:1', 'docker.io/library/golang:1'],
  ],
];

for (const [rules, ref, candidates] of cases) {
  test(`mirrors "${rules}" of ${ref}`, () => {
    const table = mirrorTable(parseMirrorRules(rules));
    assert.deepEqual(table.resolve(parseReference(ref)).map(formatReference), candidates);
  });
}

test('a rule without a target is refused', () => {
  assert.throws(() => parseMirrorRules('docker.io'), { code: 'MIRROR_INVALID' });
});
