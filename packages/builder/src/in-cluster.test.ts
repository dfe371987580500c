import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { temporaryFolder } from '@slipway/testkit';
import { mirrorRules, serviceAccountAuthority, serviceAccountCredentials } from './in-cluster.ts';

const registries: [registry: string, ours: boolean][] = [
  ['docker-registry.default.svc.cluster.local:5000', true],
  ['image-registry.openshift-image-registry.svc:5000', true],
  ['registry.example.com:5000', true],
  ['docker.io', false],
  ['evil.svc.example.com', false],
];
for (const [registry, ours] of registries) {
  test(`${registry} ${ours ? 'gets' : 'does not get'} the token`, async () => {
    using folder = temporaryFolder();
    writeFileSync(folder.join('token'), 'the-token\n');
    const env = { SLIPWAY_REGISTRY_HOST: 'registry.example.com:5000, other' };
    const source = serviceAccountCredentials({ folder: folder.path, env });
    const want = ours ? { username: 'serviceaccount', password: 'the-token' } : undefined;
    assert.deepEqual(await source.get(registry), want);
  });
}

test('outside a pod there is no token and no authority', async () => {
  const source = serviceAccountCredentials({ folder: '/no/such', env: {} });
  assert.equal(await source.get('a.svc'), undefined);
  assert.equal(await serviceAccountAuthority('/no/such'), undefined);
});

test('SLIPWAY_MIRROR mirrors every registry', () => {
  assert.deepEqual(mirrorRules({ SLIPWAY_MIRROR: 'r:5000' }), [{ from: '*', to: 'r:5000' }]);
  assert.deepEqual(mirrorRules({}), []);
});
