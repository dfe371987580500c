import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRoute } from './route.ts';

const digest = `sha256:${'a'.repeat(64)}`;

const routes: [target: string, route: unknown][] = [
  ['/v2/', { kind: 'base' }],
  ['/v2', { kind: 'base' }],
  ['/v2/_catalog?n=1', { kind: 'catalog' }],
  ['/openshift/token?account=x', { kind: 'token' }],
  ['/v2/a/tags/list', { kind: 'tags', repository: 'a' }],
  ['/v2/tags/list/tags/list', { kind: 'tags', repository: 'tags/list' }],
  ['/v2/a/b/c/manifests/v1', { kind: 'manifest', repository: 'a/b/c', reference: { tag: 'v1' } }],
  [`/v2/a/manifests/${digest}`, { kind: 'manifest', repository: 'a', reference: { digest } }],
  [
    `/v2/a/manifests/${digest.replace(':', '%3A')}`,
    { kind: 'manifest', repository: 'a', reference: { digest } },
  ],
  [`/v2/manifests/blobs/${digest}`, { kind: 'blob', repository: 'manifests', digest }],
  ['/v2/a/blobs/uploads/', { kind: 'uploads', repository: 'a' }],
  ['/v2/a/blobs/uploads', { kind: 'uploads', repository: 'a' }],
  ['/v2/a/blobs/blobs/uploads/up-1', { kind: 'upload', repository: 'a/blobs', id: 'up-1' }],
  [`/v2/a/referrers/${digest}`, { kind: 'referrers', repository: 'a', digest }],
  ['/v2/a/b', undefined],
  ['/v3/', undefined],
  ['/', undefined],
];

for (const [target, route] of routes) {
  test(`route of ${target}`, () => assert.deepEqual(parseRoute(target), route));
}

for (const [target, code] of [
  ['/v2/A/tags/list', 'NAME_INVALID'],
  ['/v2//tags/list', 'NAME_INVALID'],
  ['/v2/a..b/tags/list', 'NAME_INVALID'],
  ['/v2/a/%/list', 'NAME_INVALID'],
  ['/v2/a/manifests/sha256:zz', 'DIGEST_INVALID'],
  ['/v2/a/blobs/latest', 'DIGEST_INVALID'],
] as const) {
  test(`${target} is refused with ${code}`, () => assert.throws(() => parseRoute(target), { code }));
}
