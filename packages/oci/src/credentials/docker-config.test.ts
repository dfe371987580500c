import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { type TemporaryFolder, temporaryFolder } from '@slipway/testkit';
import { dockerConfigCredentials } from './docker-config.ts';

let folder: TemporaryFolder;
const path = process.env.PATH;

before(() => {
  folder = temporaryFolder();
  // A real helper program that speaks docker's protocol: it knows helped.example only.
  writeFileSync(
    folder.join('docker-credential-slipwaytest'),
    '#!/bin/sh\nread -r server\n[ "$1" = get ] || exit 3\nif [ "$server" = helped.example ]; then\n' +
      'echo \'{"Username":"helper","Secret":"s3"}\'\nelse echo "credentials not found in native keychain"; exit 1; fi\n',
  );
  chmodSync(folder.join('docker-credential-slipwaytest'), 0o755);
  process.env.PATH = `${folder.path}:${path}`;
});

after(() => {
  process.env.PATH = path;
  folder[Symbol.dispose]();
});

const basic = (text: string): object => ({ auth: Buffer.from(text).toString('base64') });

const cases: [what: string, config: object, registry: string, found: object | undefined][] = [
  [
    'auth of a host',
    { auths: { 'r.example': basic('u:p:q') } },
    'r.example',
    { username: 'u', password: 'p:q' },
  ],
  ['a port belongs to the host', { auths: { 'r.example': basic('u:p') } }, 'r.example:5000', undefined],
  [
    'a key that is a URL',
    { auths: { 'https://r.example/v1/': basic('u:p') } },
    'r.example',
    { username: 'u', password: 'p' },
  ],
  [
    'the Docker Hub',
    { auths: { 'https://index.docker.io/v1/': basic('u:p') } },
    'docker.io',
    { username: 'u', password: 'p' },
  ],
  [
    'username and password',
    { auths: { 'r.example': { username: 'u', password: 'p' } } },
    'r.example',
    { username: 'u', password: 'p' },
  ],
  [
    'an identity token',
    { auths: { 'r.example': { ...basic('u:'), identitytoken: 't' } } },
    'r.example',
    { identityToken: 't' },
  ],
  [
    'a helper of a host',
    { credHelpers: { 'helped.example': 'slipwaytest' } },
    'helped.example',
    { username: 'helper', password: 's3' },
  ],
  [
    'a store for all',
    { credsStore: 'slipwaytest' },
    'helped.example',
    { username: 'helper', password: 's3' },
  ],
  ['a store that knows nothing', { credsStore: 'slipwaytest' }, 'r.example', undefined],
  [
    'an empty entry falls to the store',
    { auths: { 'helped.example': {} }, credsStore: 'slipwaytest' },
    'helped.example',
    { username: 'helper', password: 's3' },
  ],
  ['nothing', {}, 'r.example', undefined],
];

for (const [what, config, registry, found] of cases) {
  test(`docker config: ${what}`, async () => {
    writeFileSync(folder.join('config.json'), JSON.stringify(config));
    assert.deepEqual(await dockerConfigCredentials(folder.join('config.json')).get(registry), found);
  });
}

test('a missing file has no credentials', async () => {
  assert.equal(await dockerConfigCredentials(folder.join('none.json')).get('r.example'), undefined);
});

test('an auth that is not user:password is refused without being shown', async () => {
  writeFileSync(folder.join('config.json'), JSON.stringify({ auths: { 'r.example': basic('secretonly') } }));
  await assert.rejects(
    dockerConfigCredentials(folder.join('config.json')).get('r.example'),
    (error: Error & { code?: string }) => error.code === 'DOCKER_CONFIG' && !error.message.includes('secret'),
  );
});

test('a helper that is not installed is named', async () => {
  writeFileSync(folder.join('config.json'), JSON.stringify({ credHelpers: { 'r.example': 'nosuchhelper' } }));
  const source = dockerConfigCredentials(folder.join('config.json'));
  await assert.rejects(source.get('r.example'), {
    code: 'CREDENTIAL_HELPER',
    message: /docker-credential-nosuchhelper/,
  });
});
