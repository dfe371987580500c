// Each kind of RUN --mount with its options, as BuildKit has them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { RunBuildOptions } from '@slipway/builder';
import { Workbench } from './builder/workbench.ts';

let bench: Workbench;
before(async () => {
  bench = await Workbench.open();
  await bench.pushBusybox();
});
after(() => bench?.[Symbol.asyncDispose]());

const FROM = 'FROM busybox:1\n';
const FILES = { 'a.txt': 'aa\n', 'dir/b.txt': 'bb\n' };

async function output(lines: string, options: Partial<RunBuildOptions> = {}, head = FROM): Promise<string> {
  const context = bench.context({ ...FILES, Dockerfile: `${head}${lines}\n` });
  return (await bench.build(context, { noCache: true, ...options })).output;
}

async function refuses(lines: string, message: RegExp): Promise<void> {
  await assert.rejects(output(lines), { code: 'RUN_MOUNT', message });
}

test('a bind without a target, and one that is not absolute, are below the working folder', async () => {
  assert.equal(await output('WORKDIR /w\nRUN --mount=source=dir ls'), 'b.txt');
  assert.equal(await output('WORKDIR /w\nRUN --mount=source=dir,target=sub ls sub'), 'b.txt');
});

test('nothing is mounted on the root', async () => {
  await refuses('RUN --mount=target=/ true', /root of the filesystem/);
  await refuses('RUN --mount=source=dir true', /root of the filesystem/);
  await refuses('ARG NONE\nRUN --mount=target=$NONE true', /root of the filesystem/);
  await refuses('RUN --mount=type=cache true', /root of the filesystem/);
});

test('what is written to a file that is bound with rw is gone with the step', async () => {
  const both = await output(
    'RUN --mount=source=a.txt,target=/m,rw echo z > /m && cat /m\nRUN --mount=source=a.txt,target=/m cat /m',
  );
  assert.equal(both, 'z\naa');
});

test('a cache is first filled with what from has, and keeps its owner and mode', async () => {
  const base = `${FROM.trim()} AS base\nRUN mkdir -p /s/t && echo hi > /s/t/hi && chown -R 7:8 /s && chmod 701 /s/t\n`;
  const mount = '--mount=type=cache,target=/c,from=base,source=/s/t';
  const lines = `${FROM}RUN ${mount} stat -c '%a %u %g' /c && cat /c/hi && echo new > /c/new\nRUN ${mount} ls /c`;
  assert.equal(await output(lines, {}, base), '701 7 8\nhi\nhi\nnew');
  assert.equal(await output(`${FROM}RUN ${mount} ls -1 /c`, { noCache: false }, base), 'hi\nnew');
  // With an owner or a mode BuildKit makes an empty folder.
  const empty = `${FROM}RUN --mount=type=cache,target=/e,from=base,mode=0750,uid=5 ls -a /e && stat -c '%a %u %g' /e`;
  assert.equal(await output(empty, {}, base), '.\n..\n750 5 0');
  await refuses('RUN --mount=type=cache,target=/f,source=/etc true', /does not exist/);
});

test('a cache is named by its target as it is written, in the name space of the build', async () => {
  const relative =
    'WORKDIR /w\nRUN --mount=type=cache,target=c echo 1 > c/x\nWORKDIR /v\nRUN --mount=type=cache,target=c/ cat c/x';
  assert.equal(await output(relative), '1');
  const list = 'RUN --mount=type=cache,target=/c,id=c ls /c';
  assert.equal(await output(list), 'x');
  assert.equal(await output(list, { buildArgs: { BUILDKIT_CACHE_MOUNT_NS: 'other' } }), '');
});

test('a private cache is kept, and two steps at once have one each', async () => {
  const mount = '--mount=type=cache,target=/p,sharing=private';
  assert.equal(await output(`RUN ${mount} echo 1 > /p/x\nRUN ${mount} cat /p/x`), '1');
  const step = (name: string): string =>
    `${FROM.trim()} AS ${name}\nRUN ${mount} ls /p && touch /p/${name} && sleep 2 && ls /p | grep -c -e one -e two\n`;
  const seen = await output(
    `${FROM}COPY --from=one /etc/passwd /1\nCOPY --from=two /etc/passwd /2`,
    {},
    step('one') + step('two'),
  );
  assert.equal(seen.split('\n').sort().join(' '), '1 1 x');
});

test('a tmpfs is for everybody, or to be read only', async () => {
  assert.equal(await output("RUN --mount=type=tmpfs,target=/t stat -c '%a' /t"), '1777');
  assert.match(await output('RUN --mount=type=tmpfs,target=/t,ro touch /t/x || true'), /Read-only/);
});

test('variables of secrets and agents that are not given are there for scripts under set -u', async () => {
  assert.equal(await output('RUN --mount=type=secret,id=x,env=X set -u; echo "[$X]"'), '[]');
  assert.equal(
    await output('RUN --mount=type=ssh set -u; echo "$SSH_AUTH_SOCK"; test -e "$SSH_AUTH_SOCK" || echo none'),
    '/run/buildkit/ssh_agent.0\nnone',
  );
});

test('a secret is a file by the last part of its id', async () => {
  const secrets = { 'team/token': 'secret' };
  assert.equal(
    await output('RUN --mount=type=secret,id=team/token cat /run/secrets/token', { secrets }),
    'secret',
  );
});

test('the proxy of the build wins over one of the image', async () => {
  const lines = 'ENV HTTP_PROXY=http://old\nRUN echo $HTTP_PROXY $http_proxy';
  assert.equal(await output(lines, { buildArgs: { http_proxy: 'http://new' } }), 'http://new http://new');
});

test('a script with #! is started by the shell of the stage', async () => {
  const lines = 'SHELL ["/bin/sh", "-xc"]\nRUN <<EOF\n#!/bin/sh\necho ran\nEOF';
  // The shell tells what it starts on standard error: in no order with what the script says.
  assert.deepEqual((await output(lines)).split('\n').sort(), ['+ /dev/pipes/EOF', 'ran']);
});
