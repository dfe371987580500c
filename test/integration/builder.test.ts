import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { SlipwayError } from '@slipway/core';
import { mountsBelow, Workbench } from './builder/workbench.ts';

let bench: Workbench;

before(async () => {
  bench = await Workbench.open();
  await bench.pushBusybox();
});

after(async () => {
  await bench[Symbol.asyncDispose]();
});

/** Nothing of a build may be left: no mount, no folder in the scratch folder. */
function assertClean(): void {
  assert.deepEqual(mountsBelow(bench.stateDir), []);
  assert.deepEqual(readdirSync(join(bench.stateDir, 'build')), []);
}

const FROM = 'FROM docker.io/library/busybox:1\n';

test('a multi-stage build takes only what it copies, and writes config and history as docker does', async () => {
  const context = bench.context({
    Dockerfile: `${FROM.trim()} AS build
ARG VERSION=1
WORKDIR /src
COPY main.txt .
RUN echo "$VERSION" | cat main.txt - > out
FROM docker.io/library/busybox:1 AS unused
RUN false
FROM docker.io/library/busybox:1
ENV A=1 B="two words"
COPY --from=build /src/out /app/
USER app
EXPOSE 8080
VOLUME /data
LABEL x=y
STOPSIGNAL SIGINT
ENTRYPOINT ["/bin/cat"]
CMD /app/out
`,
    'main.txt': 'hello ',
  });
  const { result } = await bench.build(context, { buildArgs: { VERSION: '2' } });
  const files = await bench.files(result, 1);
  assert.equal(files.get('app/out')?.content, 'hello 2\n');
  assert.deepEqual([...files.keys()].sort(), ['app', 'app/out']);
  const { config, history = [], rootfs } = await bench.config(result);
  assert.deepEqual(config, {
    ArgsEscaped: true,
    Cmd: ['/bin/sh', '-c', '/app/out'],
    Entrypoint: ['/bin/cat'],
    Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'A=1', 'B=two words'],
    ExposedPorts: { '8080/tcp': {} },
    Labels: { x: 'y' },
    StopSignal: 'SIGINT',
    User: 'app',
    Volumes: { '/data': {} },
    WorkingDir: '/',
  });
  assert.equal(history.filter((line) => !line.empty_layer).length, rootfs.diff_ids.length);
  assert.deepEqual(
    history.slice(-9).map((line) => line.created_by),
    [
      'ENV A=1 B=two words',
      'COPY /src/out /app/ # buildkit',
      'USER app',
      'EXPOSE [8080/tcp]',
      'VOLUME [/data]',
      'LABEL x=y',
      'STOPSIGNAL SIGINT',
      'ENTRYPOINT ["/bin/cat"]',
      'CMD ["/bin/sh" "-c" "/app/out"]',
    ],
  );
  assertClean();
});

test('RUN: user, folder, environment, layer of exactly what changed, nothing of the place left in it', async () => {
  const context = bench.context({
    Dockerfile: `${FROM}USER app:staff
WORKDIR /home/app
ENV GREETING=hello
RUN id && pwd && echo "$GREETING" > file && cat /etc/hosts > /dev/null && cat /etc/resolv.conf > /dev/null && echo "home $HOME"
USER root
RUN rm /etc/group && mkdir /etc/new
`,
  });
  const { result, output } = await bench.build(context);
  assert.match(output, /uid=1000\(app\) gid=50/);
  assert.match(output, /^\/home\/app$/m);
  assert.match(output, /^home \/home\/app$/m);
  const files = await bench.files(result, 2);
  assert.deepEqual([...files.keys()].sort(), [
    'etc',
    'etc/.wh.group',
    'etc/new',
    'home',
    'home/app',
    'home/app/file',
  ]);
  assert.equal(files.get('home/app/file')?.entry.uid, 1000);
  assert.equal(files.get('home/app/file')?.entry.gid, 50);
});

test('COPY and .dockerignore: folders, wildcards, trailing slashes, owners, modes, links', async () => {
  const context = bench.context({
    Dockerfile: `${FROM}RUN ln -s /var/real /link && mkdir -p /var/real
COPY dir /one
COPY dir/ /two/
COPY a*.txt /three/
COPY --chown=app:staff --chmod=600 a1.txt /four
COPY a1.txt /link/inside/
COPY <<EOT /five
inline $HOME
EOT
COPY . /all
`,
    '.dockerignore': 'secret*\nskipped\n!skipped/kept\n',
    'a1.txt': '1',
    'a2.txt': '2',
    'secret.txt': 's',
    'dir/x': 'x',
    'dir/sub/y': 'y',
    'skipped/no': 'n',
    'skipped/kept': 'k',
  });
  symlinkSync('a1.txt', join(context, 'zlink'));
  const { result } = await bench.build(context);
  const files = await bench.files(result, 8);
  const content = (path: string): string | undefined => files.get(path)?.content;
  assert.equal(content('one/x'), 'x');
  assert.equal(content('two/sub/y'), 'y');
  assert.equal(content('three/a2.txt'), '2');
  assert.equal(files.get('three/a1.txt')?.entry.uid, 0);
  assert.equal(content('var/real/inside/a1.txt'), '1');
  assert.equal(content('five'), 'inline \n');
  assert.equal(content('all/skipped/kept'), 'k');
  assert.equal(files.get('all/zlink')?.entry.linkname?.toString(), 'a1.txt');
  assert.ok(!files.has('all/secret.txt') && !files.has('all/skipped/no'));
  const four = files.get('four')?.entry;
  assert.deepEqual([four?.uid, four?.gid, four?.mode], [1000, 50, 0o600]);
});

test('an unchanged build is cached, a touched file changes nothing, another content does', async () => {
  const context = bench.context({
    Dockerfile: `${FROM}COPY a /a\nRUN cat /a > /b\nCOPY --from=docker.io/library/busybox:1 /etc/passwd /p\n`,
    a: 'first',
  });
  const first = await bench.build(context);
  writeFileSync(join(context, 'a'), 'first');
  const second = await bench.build(context);
  assert.deepEqual(
    second.result.steps.filter((step) => !step.title.includes('FROM')).map((step) => step.status),
    ['cached', 'cached', 'cached'],
  );
  assert.equal(second.result.isolation, undefined);
  assert.equal(second.result.manifest.digest, first.result.manifest.digest);
  writeFileSync(join(context, 'a'), 'second');
  const third = await bench.build(context);
  const files = await bench.files(third.result, 3);
  assert.equal(files.get('b')?.content, 'second');
});

test('a failing RUN names file, line, exit code and the end of the output, and leaves nothing', async () => {
  const context = bench.context({ Dockerfile: `${FROM}RUN echo one\nRUN echo before; exit 3\n` });
  await assert.rejects(bench.build(context), (error) => {
    assert.ok(error instanceof SlipwayError);
    assert.equal(error.code, 'BUILD_RUN_FAILED');
    assert.equal(error.kind, 'failed');
    assert.match(error.message, /exit code 3/);
    assert.match(error.message, /before/);
    assert.deepEqual([error.place?.file, error.place?.line], ['Dockerfile', 3]);
    assert.equal(error.place?.text, 'RUN echo before; exit 3');
    return true;
  });
  assertClean();
});

test('an abort stops the program, and leaves nothing', async () => {
  const context = bench.context({ Dockerfile: `${FROM}RUN echo started; sleep 1000\n` });
  const abort = new AbortController();
  const started = Date.now();
  await assert.rejects(
    bench.build(context, {
      signal: abort.signal,
      progress: { emit: (event) => event.type === 'output' && abort.abort() },
    }),
    { kind: 'cancelled' },
  );
  assert.ok(Date.now() - started < 20_000);
  assertClean();
});

test('stages run at the same time', async () => {
  const stage = (name: string): string => `${FROM.trim()} AS ${name}\nRUN sleep 1; echo ${name} > /${name}\n`;
  const context = bench.context({
    Dockerfile: `${stage('a')}${stage('b')}${stage('c')}${FROM}COPY --from=a /a /\nCOPY --from=b /b /\nCOPY --from=c /c /\n`,
  });
  const { result } = await bench.build(context);
  assert.ok(result.timings.buildMs < 2600, `took ${result.timings.buildMs} ms`);
});

test('RUN sees no credentials, no file of the builder, and not its memory', async () => {
  const secret = 'tr0ub4dor-and-3';
  mkdirSync(bench.folder.join('docker'), { recursive: true });
  writeFileSync(bench.folder.join('docker/config.json'), secret);
  const context = bench.context({
    Dockerfile: `${FROM}ARG FOLDER
RUN if cat $FOLDER/docker/config.json 2>/dev/null; then exit 1; fi; \\
    for p in /proc/[0-9]*; do cat $p/environ $p/root$FOLDER/docker/config.json 2>/dev/null; done | tr '\\0' '\\n'; \\
    grep Cap /proc/self/status; ls /
`,
  });
  const { output } = await bench.build(context, {
    buildArgs: { FOLDER: bench.folder.path },
    credentials: { get: async () => ({ username: 'me', password: secret }) },
    destinations: [`${bench.registry}/team/app:1`],
  });
  assert.ok(!output.includes(secret));
  assert.match(output, /CapEff:\s*00000000a80425fb/);
});

test('ADD unpacks archives and RUN --mount gives caches, secrets and files without keeping them', async () => {
  const context = bench.context({
    Dockerfile: `${FROM}ADD files.tar.gz /unpacked/
RUN --mount=type=secret,id=token cat /run/secrets/token | wc -c
RUN --mount=type=cache,target=/cache echo x >> /cache/log && wc -l < /cache/log
RUN --mount=type=bind,source=extra,target=/extra --mount=type=tmpfs,target=/scratch cat /extra/e && touch /scratch/t
RUN <<EOT
echo heredoc > /h
EOT
`,
    'extra/e': 'bound',
    'inside/one': '1',
  });
  spawnSync('tar', ['-czf', join(context, 'files.tar.gz'), '-C', context, 'inside']);
  const { result, output } = await bench.build(context, { secrets: { token: 'abcde' } });
  const files = await bench.files(result, 2);
  assert.equal(files.get('unpacked/inside/one')?.content, '1');
  assert.equal(files.get('h')?.content, 'heredoc\n');
  assert.deepEqual(output.split('\n').slice(0, 3), ['5', '1', 'bound']);
});

test('COPY --from keeps owners, links, times and binary attributes', async () => {
  const context = bench.context({
    Dockerfile: `FROM scratch AS made
ADD made.tar /
FROM scratch
COPY --from=made /d /copy
`,
    'd/file': 'x',
  });
  const folder = join(context, 'd');
  spawnSync('ln', [join(folder, 'file'), join(folder, 'other')]);
  spawnSync('setfattr', ['-n', 'user.binary', '-v', '0s/wABfg==', join(folder, 'file')]);
  spawnSync('chown', ['-h', '12:34', join(folder, 'file')]);
  spawnSync('touch', ['-d', '2001-02-03T04:05:06Z', join(folder, 'file')]);
  spawnSync('tar', ['--xattrs', '--xattrs-include=*', '-cf', join(context, 'made.tar'), '-C', context, 'd']);
  const { result } = await bench.build(context);
  const files = await bench.files(result);
  const { entry } = files.get('copy/file')!;
  assert.deepEqual([entry.uid, entry.gid, entry.mtimeNs], [12, 34, 981_173_106_000_000_000n]);
  assert.deepEqual(entry.xattrs?.get('user.binary'), Buffer.from([0xff, 0x00, 0x01, 0x7e]));
  assert.equal(files.get('copy/other')?.entry.linkname?.toString(), 'copy/file');
});

test('RUN --network=none has no network, RUN has the network of the place', async () => {
  const context = bench.context({
    Dockerfile: `${FROM}RUN --network=none wget -q -T 2 -O- http://${bench.registry}/v2/ 2>&1 || echo none\nRUN wget -q -O- http://${bench.registry}/v2/\n`,
  });
  const { output } = await bench.build(context);
  assert.match(output, /^none$/m);
  assert.match(output, /\{\}/);
});

test('a stage that only lent files is compressed when it becomes the image itself', async () => {
  const context = bench.context({
    Dockerfile: `${FROM.trim()} AS build\nRUN seq 10000 > /out\n${FROM}COPY --from=build /out /out\n`,
  });
  await bench.build(context);
  const types: string[] = [];
  for (const _ of ['first', 'again']) {
    const { result } = await bench.build(context, { target: 'build' });
    assert.ok(result.steps.at(-1)?.status === 'cached');
    const { layers } = await bench.manifest(result);
    types.push(...layers.map((layer) => layer.mediaType));
    assert.match((await bench.files(result, 1)).get('out')?.content ?? '', /^1\n2\n3\n/);
  }
  assert.deepEqual([...new Set(types)], ['application/vnd.oci.image.layer.v1.tar+gzip']);
});

test('ONBUILD triggers of a base image run first, and may use stages of the new Dockerfile', async () => {
  const base = `${bench.registry}/team/onbuild:1`;
  const onbuild = bench.context({
    Dockerfile: `${FROM}ONBUILD COPY mine /theirs\nONBUILD COPY --from=helper /h /h\nONBUILD RUN cat /theirs /h > /both\n`,
  });
  await bench.build(onbuild, { destinations: [base] });
  const context = bench.context({
    Dockerfile: `${FROM.trim()} AS helper\nRUN echo helped > /h\nFROM ${base}\nRUN test -s /both\n`,
    mine: 'mine ',
  });
  const { result } = await bench.build(context);
  const files = await bench.files(result, 4);
  assert.equal(files.get('both')?.content, 'mine helped\n');
  assert.equal((await bench.config(result)).config?.OnBuild, undefined);
});

test('the image is pushed to all destinations, and reads back', async () => {
  const context = bench.context({ Dockerfile: `${FROM}COPY Dockerfile /d\n` });
  const destinations = [`${bench.registry}/team/app:1`, `${bench.registry}/team/other:2`];
  const { result } = await bench.build(context, { destinations, format: 'docker' });
  assert.deepEqual(
    result.pushed.map(({ digest }) => digest),
    [result.manifest.digest, result.manifest.digest],
  );
  const response = await fetch(`http://${bench.registry}/v2/team/other/manifests/2`, {
    headers: { accept: 'application/vnd.docker.distribution.manifest.v2+json' },
  });
  assert.equal(response.headers.get('docker-content-digest'), result.manifest.digest);
});

test('a base image that does not exist is named with the place of its FROM', async () => {
  const context = bench.context({ Dockerfile: `FROM ${bench.registry}/no/such:1\n` });
  await assert.rejects(bench.build(context), (error) => {
    assert.ok(error instanceof SlipwayError);
    assert.equal(error.kind, 'not-found');
    assert.equal(error.place?.line, 1);
    return true;
  });
  assertClean();
});

test('a build argument that nothing declares is warned about', async () => {
  const context = bench.context({ Dockerfile: FROM });
  const { events } = await bench.build(context, { buildArgs: { TYPO: '1' } });
  const warnings = events.filter((event) => event.type === 'warning');
  assert.match(warnings[0]?.text ?? '', /"TYPO" is not used/);
});
