// What is handed to a build on the side: secrets of any bytes, and credentials of which a refusal says where they came from.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { secretValue } from '@slipway/builder';
import { SlipwayError } from '@slipway/core';
import { dockerConfigCredentials } from '@slipway/oci';
import type { AccessController } from '@slipway/registry';
import { slipway } from '../cli.ts';
import { busyboxPath, Workbench } from './builder/workbench.ts';

const BYTES = Buffer.concat([
  Buffer.from([0xef, 0xbb, 0xbf, 0, 0xff, 0xfe, 0xc3, 0x28, 10]),
  randomBytes(5000),
]);
const SUM = createHash('sha256').update(BYTES).digest('hex');

/** Everybody reads, `builder` writes, others may log in and not write. */
const access: AccessController = {
  challenge: 'basic',
  authenticate: async ({ authorization }) => {
    const [name = ''] = Buffer.from(authorization?.split(' ')[1] ?? '', 'base64')
      .toString()
      .split(':');
    if (name === 'unknown') throw new SlipwayError('unauthenticated', 'USER_UNKNOWN', 'nobody knows you');
    return { name, anonymous: name === '' };
  },
  authorize: async ({ name }, { action }) => ({
    allowed: action === 'pull' || name === 'builder',
    reason: `${name} may not write`,
  }),
};

let bench: Workbench;
before(async () => {
  bench = await Workbench.open(access);
  await bench.pushBusybox({ credentials: { get: async () => ({ username: 'builder', password: 'x' }) } });
});
after(() => bench?.[Symbol.asyncDispose]());

const FROM = 'FROM docker.io/library/busybox:1\n';

for (const isolation of ['auto', 'chroot'] as const) {
  test(`a secret is the file's bytes, whatever they are: isolation ${isolation}`, async () => {
    const context = bench.context({
      Dockerfile: `${FROM}RUN --mount=type=secret,id=key sha256sum < /run/secrets/key; echo ${isolation}\n`,
    });
    const { output } = await bench.build(context, { isolation, secrets: { key: secretValue(BYTES) } });
    assert.equal(output.split(' ')[0], SUM);
  });
}

test('a secret that is no text cannot be a variable, and the error does not tell it', async () => {
  const context = bench.context({ Dockerfile: `${FROM}RUN --mount=type=secret,id=key,env=KEY true\n` });
  await assert.rejects(bench.build(context, { secrets: { key: secretValue(BYTES) } }), {
    code: 'RUN_SECRET',
    message: 'the secret "key" is no text, and cannot be a variable',
  });
});

test('slipway image build --secret id=,src= gives the bytes of the file', async () => {
  const context = bench.context({
    Dockerfile:
      'FROM scratch\nCOPY busybox /bin/sha256sum\nRUN --mount=type=secret,id=key ["/bin/sha256sum", "/run/secrets/key"]\n',
  });
  copyFileSync(busyboxPath(), join(context, 'busybox'));
  const file = bench.folder.join('key.bin');
  writeFileSync(file, BYTES);
  const { code, stdout, stderr } = await slipway([
    ...['image', 'build', context, '--progress', 'plain', '--state-dir', bench.folder.join('cli')],
    ...['--secret', `id=key,src=${file}`],
  ]);
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout + stderr, new RegExp(`${SUM}  /run/secrets/key`));
});

for (const [who, status, says] of [
  ['reader', 403, /reader may not write/],
  ['unknown', 401, /answered 401/],
] as const) {
  test(`a push that is refused with ${status} says whose credentials were sent, though another process sent them`, async () => {
    const folder = bench.folder.join(`docker-${who}`);
    mkdirSync(folder);
    const file = join(folder, 'config.json');
    const auth = Buffer.from(`${who}:top-secret`).toString('base64');
    writeFileSync(file, JSON.stringify({ auths: { [bench.registry]: { auth } } }));
    const context = bench.context({ Dockerfile: `${FROM}RUN echo ${who} > /who\n` });
    const options = {
      destinations: [`${bench.registry}/team/app:1`],
      // Pulls are anonymous here: the client would show the wrong name to the mirror, too.
      credentials: dockerConfigCredentials(file),
      registries: { mirrors: [{ from: 'docker.io', to: bench.registry.replace('127.0.0.1', 'localhost') }] },
    };
    await assert.rejects(bench.build(context, options), (error: SlipwayError) => {
      assert.match(error.message, says);
      const hint = error.hint ?? '';
      assert.ok(hint.startsWith(`credentials were sent: those of ${bench.registry} in ${file}`), hint);
      assert.ok(!`${error.message}${hint}`.includes('top-secret') && !hint.includes(auth));
      return true;
    });
  });
}
