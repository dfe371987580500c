import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { inspect } from 'node:util';
import type { SlipwayError } from '@slipway/core';
import { type TemporaryFolder, temporaryFolder } from '@slipway/testkit';
import { firstCredentials } from './credential-source.ts';
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

/** What is wrong, the message, the hint; nothing of the file's own values in either. */
const refused: [what: string, text: string, message: RegExp, hint: RegExp][] = [
  ['not JSON', '{"auths": {"hunter22"', /config\.json is not valid JSON$/, /write \{"auths"/],
  [
    'no colon',
    JSON.stringify({ auths: { 'r.example': basic('hunter22') } }),
    /config\.json: auths\["r\.example"\]\.auth is not base64 of user:password: there is no colon in it$/,
    /printf %s "user:\$PASSWORD" \| base64 -w0/,
  ],
  [
    'no user',
    JSON.stringify({ auths: { 'r.example': basic(':hunter22') } }),
    /there is no user before the colon$/,
    /base64 -w0/,
  ],
  [
    'not base64',
    JSON.stringify({ auths: { 'r.example': { auth: 'me:hunter22' } } }),
    /it is not base64$/,
    /base64 -w0/,
  ],
  [
    'a helper that is not installed',
    JSON.stringify({ credHelpers: { 'r.example': 'nosuchhelper' } }),
    /docker-credential-nosuchhelper for r\.example failed: it is not installed here$/,
    /config\.json, "credHelpers" names it: install it, or replace the member by \{"auths": \{"r\.example"/,
  ],
  [
    'a store that is not installed',
    JSON.stringify({ credsStore: 'nosuchhelper' }),
    /docker-credential-nosuchhelper/,
    /config\.json, "credsStore" names it/,
  ],
];

for (const [what, text, message, hint] of refused) {
  test(`docker config refused: ${what}`, async () => {
    writeFileSync(folder.join('config.json'), text);
    const source = dockerConfigCredentials(folder.join('config.json'));
    await assert.rejects(source.get('r.example'), (error: SlipwayError) => {
      assert.match(error.message, message);
      assert.match(error.hint ?? '', hint);
      assert.doesNotMatch(inspect(error, { depth: 9 }), /hunter22/);
      return true;
    });
  });
}

test('explains where credentials were looked for', async () => {
  const [file, none] = [folder.join('config.json'), folder.join('none.json')];
  writeFileSync(file, JSON.stringify({ auths: { 'r.example': basic('u:p'), 'q.example': basic('u:p') } }));
  const source = firstCredentials(dockerConfigCredentials(none), dockerConfigCredentials(file));
  assert.equal(await source.explain?.('r.example'), `there is no ${none}; those of r.example in ${file}`);
  assert.equal(
    await source.explain?.('s.example'),
    `there is no ${none}; ${file} has no credentials of s.example (it has "auths" for r.example, q.example only)`,
  );
  assert.equal(
    await firstCredentials(dockerConfigCredentials(file), dockerConfigCredentials(none)).explain?.(
      'r.example',
    ),
    `those of r.example in ${file}`,
  );
});
