// Builds that replace the files of their container, with the executor image's programs in real containers of few capabilities.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { storePaths } from '@slipway/builder';
import { DEFAULT_CAPABILITIES } from '@slipway/containers';
import { ContentStore, decompressLayer, type ImageManifest, parseManifest } from '@slipway/oci';
import { eventually } from '@slipway/testkit';
import { Workbench } from './builder/workbench.ts';
import { type Ended, ExecutorContainer, ended, makeExecutorRoot } from './in-place/executor-container.ts';

const EPOCH = 1_000_000_000;
const FROM = 'FROM docker.io/library/busybox:1';
const REPRODUCIBLE = { SOURCE_DATE_EPOCH: `${EPOCH}` };
/** A file of the executor image that no build in place leaves. */
const OF_THE_EXECUTOR = 'usr/of-the-executor';

let bench: Workbench;
let containers = 0;

before(async () => {
  bench = await Workbench.open();
  await bench.pushBusybox();
  mkdirSync(bench.folder.join('shared'));
  makeExecutorRoot(bench.folder.join('executor'));
});
after(() => bench?.[Symbol.asyncDispose]());

async function newContainer(capabilities?: readonly string[]): Promise<ExecutorContainer> {
  containers += 1;
  const folder = bench.folder.join(`container-${containers}`);
  mkdirSync(folder);
  return await ExecutorContainer.start({
    image: bench.folder.join('executor'),
    folder,
    shared: [bench.folder.join('shared')],
    capabilities,
  });
}

/** A context in the folder that containers share with the test. */
function contextOf(name: string, files: Readonly<Record<string, string>>): string {
  const named = Object.entries(files).map(([file, text]) => [`../shared/${name}/${file}`, text]);
  bench.context(Object.fromEntries(named));
  return bench.folder.join('shared', name);
}

function dockerfile(name: string, ...lines: string[]): string {
  return contextOf(name, { Dockerfile: `${[FROM, ...lines].join('\n')}\n` });
}

function executor(context: string, ...more: string[]): string[] {
  return [
    ...['/kaniko/executor', '--isolation=in-place', `--context=${context}`, '--log-format=text'],
    ...[`--registry-map=docker.io=${bench.registry}`, `--destination=${bench.registry}/built:1`],
    ...[`--digest-file=${context}/digest`, '--reproducible', ...more],
  ];
}

async function succeeds(running: Promise<Ended>): Promise<string> {
  const { code, output } = await running;
  assert.equal(code, 0, output);
  return output;
}

/** Compares with the image that the first rung makes of the same context. */
async function assertSameImage(
  context: string,
  options: { secrets?: Record<string, string> } = {},
): Promise<void> {
  const store = storePaths(bench.folder.join('state-userns'));
  const isolation = 'userns';
  const { result } = await bench.build(context, { ...options, sourceDateEpoch: EPOCH, store, isolation });
  assert.equal(readFileSync(join(context, 'digest'), 'utf8').trim(), result.manifest.digest);
}

/** Processes of this machine that run this, as `sleep 1234`. */
function running(command: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => commandLine(pid) === command);
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
  } catch {
    return ''; // It has just ended.
  }
}

test('stages one after the other in one root: the image that the user namespace makes', async () => {
  await using container = await newContainer();
  const context = dockerfile(
    'stages',
    'RUN mkdir -p /opt/tool && echo tool > /opt/tool/file && echo gone > /opt/gone',
    'RUN echo more >> /opt/tool/file && rm /etc/group /opt/gone && ln -s tool /opt/link',
    'FROM docker.io/library/busybox:1',
    'RUN test ! -e /opt && test -e /etc/group && test ! -e /usr/of-the-executor && echo second > /second',
    'COPY --from=0 /opt /opt',
    'RUN rm -r /second /root && cat /opt/link/file',
    'USER app:staff',
    'WORKDIR /home/app',
    'RUN id > who && test "$(cat /opt/tool/file | wc -l)" = 2 && test "$HOME" = /home/app',
  );
  const output = await succeeds(container.exec(executor(context), REPRODUCIBLE));
  assert.match(
    output,
    /isolation: in place, as asked for.*as CAP_SETPCAP is missing, the memory of the builder/,
  );
  assert.ok(!existsSync(container.path(OF_THE_EXECUTOR)));
  await assertSameImage(context);
  const again = dockerfile('again', 'RUN test ! -e /opt && test -e /root && echo again > /again');
  await succeeds(container.exec(executor(again), REPRODUCIBLE));
  await assertSameImage(again);
});

test('mounts of a RUN come and go: caches stay for the next one, secrets are in no layer, what was there is back', async () => {
  await using container = await newContainer();
  const context = contextOf('mounts', {
    Dockerfile: `${FROM}
RUN mkdir /c && echo own > /c/own && echo own > /root/token
RUN --mount=type=cache,target=/c echo kept > /c/cached
RUN --mount=type=secret,id=token,target=/root/token,mode=0440,gid=50 cat /root/token | wc -c > /length && stat -c '%a %g' /root/token > /mode
RUN --mount=type=cache,target=/c --mount=type=bind,source=file,target=/in/file --mount=type=tmpfs,target=/t touch /t/x && cat /c/cached /in/file > /seen
RUN cat /c/own /root/token > /back && test ! -e /t && test ! -e /in
RUN <<END
#!/bin/sh
echo script > /script
END
`,
    file: 'content\n',
  });
  const secret = 'not-for-the-image';
  const args = executor(
    context,
    '--secret=id=token,env=TOKEN',
    `--cache-dir=${bench.folder.join('shared/cache')}`,
  );
  await succeeds(container.exec(args, { ...REPRODUCIBLE, TOKEN: secret }));
  await assertSameImage(context, { secrets: { token: secret } });
  const { contentDir } = storePaths(bench.folder.join('shared/cache/slipway'));
  const content = await ContentStore.open(contentDir);
  const digest = readFileSync(join(context, 'digest'), 'utf8').trim() as Parameters<typeof content.read>[0];
  const { layers } = parseManifest(await content.read(digest)) as ImageManifest;
  for (const layer of layers) {
    const parts: Uint8Array[] = [];
    for await (const part of decompressLayer(await content.open(layer.digest))) parts.push(part);
    assert.ok(!Buffer.concat(parts).includes(secret));
  }
});

test("a RUN that fails gives its exit code; the builder's files and the container's own are in no layer", async () => {
  await using container = await newContainer();
  const failing = dockerfile('failing', 'RUN echo before && exit 42');
  const failed = await container.exec(executor(failing), REPRODUCIBLE);
  assert.equal(failed.code, 42, failed.output);
  assert.match(failed.output, /before\n(.*\n)*.*ended with exit code 42/);
  const missing = dockerfile('missing', 'RUN ["/nothing"]');
  const notFound = await container.exec(executor(missing), REPRODUCIBLE);
  assert.equal(notFound.code, 127, notFound.output);

  const writing = dockerfile(
    'writing',
    'RUN mkdir -p /kaniko/x && echo 127.0.0.9 here >> /etc/hosts && echo x > /kaniko/in-place/x && echo y > /y',
  );
  await succeeds(
    container.exec(executor(writing), { ...REPRODUCIBLE, PUSH_PASSWORD: 'credential-in-variable' }),
  );
  await using fresh = await newContainer();
  const same = dockerfile('same', 'RUN echo 127.0.0.9 here >> /etc/hosts && echo y > /y');
  await succeeds(fresh.exec(executor(same), REPRODUCIBLE));
  await assertSameImage(same);
});

test('with CAP_SETPCAP a RUN can look into no process of the builder', async () => {
  await using container = await newContainer(
    DEFAULT_CAPABILITIES.filter((name) => name !== 'CAP_SYS_CHROOT'),
  );
  const context = dockerfile(
    'looking',
    'RUN for process in /proc/[0-9]*; do tr "\\0" "\\n" < $process/environ; ls $process/fd; done 2>/dev/null | grep -c credential-in-variable > /found; grep CapBnd /proc/self/status',
  );
  const environment = { ...REPRODUCIBLE, PUSH_PASSWORD: 'credential-in-variable' };
  const output = await succeeds(container.exec(executor(context), environment));
  assert.match(output, /RUN sees all files of this container, not the memory of the builder/);
  // Docker's 14 without CAP_SETPCAP and CAP_SYS_CHROOT.
  assert.match(output, /CapBnd:\t00000000a80024fb/);
  assert.equal(readFileSync(container.path('found'), 'utf8'), '0\n');
});

test('a build that is killed in the middle: the next one in the same container ends what it left, and is right', async () => {
  await using container = await newContainer();
  const seconds = 400_000 + (process.pid % 100_000);
  const context = dockerfile(
    'killed',
    'RUN echo first > /first',
    `RUN --mount=type=cache,target=/cached echo half > /half; (sleep ${seconds}; echo late > /late) & sleep ${seconds}`,
  );
  const build = container.start(executor(context), REPRODUCIBLE);
  const over = ended(build);
  await eventually(() => running(`sleep ${seconds}`).length === 2, { what: 'the RUN', deadlineMs: 60_000 });
  for (const pid of container.processes((line) => line.includes('/kaniko/bin/node')))
    process.kill(pid, 'SIGKILL');
  assert.notEqual((await over).code, 0);
  assert.ok(running(`sleep ${seconds}`).length > 0);

  const next = dockerfile(
    'after-kill',
    'RUN test ! -e /half && test ! -e /cached && test ! -e /first && echo right > /right',
  );
  await succeeds(container.exec(executor(next), REPRODUCIBLE));
  assert.deepEqual(running(`sleep ${seconds}`), []);
  await assertSameImage(next);
});

test('a build that is asked to stop ends its RUN and takes away what that was given', async () => {
  await using container = await newContainer();
  const seconds = 500_000 + (process.pid % 100_000);
  const context = dockerfile('stopped', `RUN --mount=type=secret,id=s,target=/root/s sleep ${seconds}`);
  const over = container.exec(executor(context, '--secret=id=s,env=S'), { ...REPRODUCIBLE, S: 'secret' });
  await eventually(() => running(`sleep ${seconds}`).length === 1, { what: 'the RUN', deadlineMs: 60_000 });
  assert.ok(existsSync(container.path('root/s')));
  for (const pid of container.processes((line) => line.includes('/bundle/kaniko.')))
    process.kill(pid, 'SIGTERM');
  assert.equal((await over).code, 143);
  assert.deepEqual(running(`sleep ${seconds}`), []);
  assert.ok(!existsSync(container.path('root/s')));
});

test('the capabilities that it needs are enough for root, and what others are missing for is said', async () => {
  await using container = await newContainer(['CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_FOWNER']);
  const root = dockerfile('root', 'RUN echo root > /root/file && chown 1000:50 /root/file');
  const output = await succeeds(container.exec(executor(root), REPRODUCIBLE));
  assert.match(
    output,
    /CAP_FSETID is missing, USER may name root only, as CAP_SETUID or CAP_SETGID is missing/,
  );
  await assertSameImage(root);
  const user = dockerfile('user', 'USER app', 'RUN true');
  const failed = await container.exec(executor(user), REPRODUCIBLE);
  assert.equal(failed.code, 126, failed.output);
  assert.match(failed.output, /groups 1000 50: Operation not permitted/);
});

test('a second build in place at the same time is refused, and disturbs nothing', async () => {
  await using container = await newContainer();
  const marker = `shared/go-${process.pid}`;
  const context = dockerfile(
    'first',
    `RUN touch ${bench.folder.join(marker)} && while test -e ${bench.folder.join(marker)}; do sleep 0.1; done; echo done > /done`,
  );
  const first = container.exec(executor(context, '--digest-file=/dev/null'), REPRODUCIBLE);
  await eventually(() => existsSync(bench.folder.join(marker)), {
    what: 'the first build',
    deadlineMs: 60_000,
  });
  const other = dockerfile('second', 'RUN echo never');
  const second = await container.exec(executor(other), REPRODUCIBLE);
  assert.equal(second.code, 1);
  assert.match(second.output, /another build in place runs in this container/);
  await container.exec(['/busybox/busybox', 'rm', bench.folder.join(marker)]);
  await succeeds(first);
});

test('it is refused, and nothing is touched, where nobody asked for it or the place is not sure', async () => {
  const context = dockerfile('refused', 'RUN true');
  await assert.rejects(bench.build(context, { isolation: 'in-place' }), {
    code: 'ISOLATION_UNAVAILABLE',
    message: /this is not a container of the executor image/,
  });
  await using container = await newContainer();
  const auto = await container.exec(executor(context, '--isolation=auto'), REPRODUCIBLE);
  assert.equal(auto.code, 1);
  assert.match(auto.output, /needs root with CAP_SYS_CHROOT/);
  const inContext = await container.exec(
    executor(context, '--context=/', `--dockerfile=${context}/Dockerfile`),
    REPRODUCIBLE,
  );
  assert.match(inContext.output, /needs its context and its files in folders of their own/);
  assert.ok(existsSync(container.path(OF_THE_EXECUTOR)));

  await using unable = await newContainer(['CAP_SETUID']);
  const weak = await unable.exec(executor(context), REPRODUCIBLE);
  assert.match(
    weak.output,
    /nothing is built in place here: root lacks CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER/,
  );
  assert.ok(existsSync(unable.path(OF_THE_EXECUTOR)));
});

test('what this container needs itself is not replaced: files of an image there, and mounts of a RUN, are refused', async () => {
  await using container = await newContainer();
  const inTheWay = dockerfile('in-the-way', 'COPY Dockerfile /kaniko/tool', 'RUN true');
  const files = await container.exec(executor(inTheWay), REPRODUCIBLE);
  assert.match(
    files.output,
    /Dockerfile:3:1: the image has \/kaniko\/tool, and this container needs that path/,
  );
  const mounted = dockerfile('mounted', 'RUN --mount=type=cache,target=/kaniko/bin true');
  const mount = await container.exec(executor(mounted), REPRODUCIBLE);
  assert.match(mount.output, /at \/kaniko\/bin would be at \/kaniko\/bin, which this container needs itself/);
  const offline = dockerfile('offline', 'RUN --network=none true');
  const network = await container.exec(executor(offline), REPRODUCIBLE);
  assert.match(network.output, /--network=none needs a namespace/);
});
