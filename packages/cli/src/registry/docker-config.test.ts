import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { temporaryFolder } from '@slipway/testkit';
import { dockerConfig, dockerConfigFile, storeLogin } from './docker-config.ts';

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());

const login = { username: 'any', password: 'tok:en' };
const auth = Buffer.from('any:tok:en').toString('base64');

test('a config.json for several registries', () => {
  assert.deepEqual(JSON.parse(dockerConfig(['a:5000', 'b'], login)), {
    auths: { 'a:5000': { auth }, b: { auth } },
  });
});

test('a login goes into a new file that only its owner may read', async () => {
  const file = dockerConfigFile(folder.join('new'));
  assert.equal(await storeLogin(file, 'a:5000', login), file);
  assert.deepEqual(JSON.parse(await readFile(file, 'utf8')), { auths: { 'a:5000': { auth } } });
  assert.equal((await stat(file)).mode & 0o777, 0o600);
});

test('what else is in the file stays', async () => {
  const file = dockerConfigFile(folder.join('new'));
  const other = { auths: { b: { auth: 'x' }, 'a:5000': { auth: 'old' } }, proxies: { p: 1 } };
  await writeFile(file, JSON.stringify(other));
  await storeLogin(file, 'a:5000', login);
  const expected = { auths: { b: { auth: 'x' }, 'a:5000': { auth } }, proxies: { p: 1 } };
  assert.deepEqual(JSON.parse(await readFile(file, 'utf8')), expected);
});

test('with a credential helper the file holds no secret', async () => {
  const bin = folder.join('bin');
  await mkdir(bin);
  const helper = `${bin}/docker-credential-slipwaytest`;
  await writeFile(helper, `#!/bin/sh\n[ "$1" = store ] && cat > ${folder.join('stored')}\n`);
  await chmod(helper, 0o755);
  const path = process.env.PATH;
  process.env.PATH = `${bin}:${path}`;
  try {
    const file = folder.join('config.json');
    await writeFile(file, '{"credsStore":"slipwaytest"}');
    assert.equal(await storeLogin(file, 'a:5000', login), 'docker-credential-slipwaytest');
    assert.equal(await readFile(file, 'utf8'), '{"credsStore":"slipwaytest"}');
    assert.deepEqual(JSON.parse(await readFile(folder.join('stored'), 'utf8')), {
      ServerURL: 'a:5000',
      Username: 'any',
      Secret: 'tok:en',
    });
    await writeFile(file, '{"credHelpers":{"a:5000":"nosuchhelper"}}');
    await assert.rejects(storeLogin(file, 'a:5000', login), { code: 'CREDENTIAL_HELPER' });
  } finally {
    process.env.PATH = path;
  }
});

test('a file that is no JSON object is left alone', async () => {
  for (const text of ['[]', '{', '"x"']) {
    const file = folder.join('broken.json');
    await writeFile(file, text);
    await assert.rejects(storeLogin(file, 'a', login), { code: 'DOCKER_CONFIG' });
    assert.equal(await readFile(file, 'utf8'), text);
  }
});
