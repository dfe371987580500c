import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { digestOf } from './digest.ts';
import { familiarReference, formatReference, parseReference } from './reference.ts';

const DIGEST = digestOf('x');

const accepted: [text: string, full: string, familiar: string][] = [
  ['golang', 'docker.io/library/golang:latest', 'golang:latest'],
  ['golang:1.22', 'docker.io/library/golang:1.22', 'golang:1.22'],
  ['team/app', 'docker.io/team/app:latest', 'team/app:latest'],
  ['docker.io/golang', 'docker.io/library/golang:latest', 'golang:latest'],
  ['index.docker.io/library/golang', 'docker.io/library/golang:latest', 'golang:latest'],
  ['localhost/app', 'localhost/app:latest', 'localhost/app:latest'],
  ['localhost:5000/a/b:c', 'localhost:5000/a/b:c', 'localhost:5000/a/b:c'],
  [`localhost:5000/a/b@${DIGEST}`, `localhost:5000/a/b@${DIGEST}`, `localhost:5000/a/b@${DIGEST}`],
  [`golang:1@${DIGEST}`, `docker.io/library/golang:1@${DIGEST}`, `golang:1@${DIGEST}`],
  ['[::1]:5000/app', '[::1]:5000/app:latest', '[::1]:5000/app:latest'],
  [
    'registry.example.com/a.b_c__d-e/f',
    'registry.example.com/a.b_c__d-e/f:latest',
    'registry.example.com/a.b_c__d-e/f:latest',
  ],
  ['Registry/app', 'Registry/app:latest', 'Registry/app:latest'],
  [
    'registry.default.svc.cluster.local:5000/ns/app:v1',
    'registry.default.svc.cluster.local:5000/ns/app:v1',
    'registry.default.svc.cluster.local:5000/ns/app:v1',
  ],
];

for (const [text, full, familiar] of accepted) {
  test(`reference ${text}`, () => {
    const ref = parseReference(text);
    assert.equal(formatReference(ref), full);
    assert.equal(familiarReference(ref), familiar);
    assert.deepEqual(parseReference(full), ref);
  });
}

const refused: [why: string, text: string][] = [
  ['empty', ''],
  ['a registry only', 'localhost:5000/'],
  ['upper case in the repository', 'docker.io/Library/golang'],
  ['an upper-case name', 'Golang'],
  ['a leading slash', '/golang'],
  ['a doubled slash', 'a//b'],
  ['a way out', 'localhost:5000/../../etc'],
  ['three underscores', 'a___b'],
  ['an empty tag', 'golang:'],
  ['a tag of 129 characters', `golang:${'x'.repeat(129)}`],
  ['a scheme', 'https://docker.io/golang'],
  ['spaces', 'go lang'],
  ['a query', 'golang?x=y'],
  ['an image ID', 'a'.repeat(64)],
  ['256 characters', `${'a'.repeat(255)}/b`],
  ['a header injection', 'host.example\r\nX: y/app'],
];

for (const [why, text] of refused) {
  test(`not a reference: ${why}`, () => {
    assert.throws(() => parseReference(text), { code: 'REFERENCE_INVALID' });
  });
}

test('a bad digest is said to be one', () => {
  assert.throws(() => parseReference('golang@sha256:abc'), { code: 'DIGEST_INVALID' });
});

test('another default registry has no library', () => {
  const ref = parseReference('golang', { defaultRegistry: 'localhost:5000' });
  assert.equal(formatReference(ref), 'localhost:5000/golang:latest');
});

test('what is formatted is parsed as the same', () => {
  const component = fc.stringMatching(/^[a-z0-9]{1,8}(?:[._-][a-z0-9]{1,8}){0,2}$/);
  const repository = fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  const registry = fc.constantFrom(
    'docker.io',
    'localhost',
    'localhost:5000',
    'a.example',
    '[fe80::1]:1',
    '10.0.0.1:5000',
  );
  const tag = fc.stringMatching(/^\w[\w.-]{0,20}$/);
  fc.assert(
    fc.property(registry, repository, tag, fc.boolean(), (host, path, label, withDigest) => {
      const text = `${host}/${path}:${label}${withDigest ? `@${DIGEST}` : ''}`;
      const ref = parseReference(text);
      assert.deepEqual(parseReference(formatReference(ref)), ref);
      assert.deepEqual(parseReference(familiarReference(ref)), ref);
    }),
  );
});

test('any text is either parsed or refused as invalid', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
      try {
        parseReference(text);
      } catch (error) {
        assert.equal((error as { kind?: string }).kind, 'invalid');
      }
    }),
  );
});
