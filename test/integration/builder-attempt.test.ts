import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type RunBuildOptions, storePaths } from '@slipway/builder';
import { Workbench } from './builder/workbench.ts';

let bench: Workbench;

before(async () => {
  bench = await Workbench.open();
  await bench.pushBusybox();
});

after(async () => {
  await bench[Symbol.asyncDispose]();
});

const BASE = 'docker.io/library/busybox:1';
/** A worker that cannot work: whoever starts one fails. */
const NO_WORKER = { worker: ['/bin/false'] };
/** Equal input, equal digest. */
const REPRODUCIBLE = { sourceDateEpoch: 1_700_000_000 };

type Context = Readonly<Record<string, string>>;

interface Case {
  readonly what: string;
  readonly lines: readonly string[];
  readonly files: Context;
  readonly change: (context: string) => void;
}

const write =
  (name: string, text: string) =>
  (context: string): void =>
    writeFileSync(join(context, name), text);

/** Builds, changes, and builds again without a worker; then the same in a new place, where there must be one. */
async function buildBothWays({ lines, files, change }: Omit<Case, 'what'>): Promise<[string, string]> {
  const context = bench.context({ Dockerfile: `${lines.join('\n')}\n`, ...files });
  await bench.build(context, REPRODUCIBLE);
  change(context);
  const changed = await bench.build(context, { ...REPRODUCIBLE, ...NO_WORKER });
  assert.ok(changed.result.steps.some(({ status }) => status === 'done'));
  assert.equal(changed.result.isolation, undefined);
  const elsewhere = storePaths(bench.folder.join(`elsewhere-${context.split('-').at(-1)}`));
  const fresh = await bench.build(context, { ...REPRODUCIBLE, store: elsewhere });
  return [changed.result.manifest.digest, fresh.result.manifest.digest];
}

const cases: readonly Case[] = [
  {
    what: 'a file in the root folder',
    lines: [`FROM ${BASE}`, 'RUN echo 1 > /other', 'COPY last /'],
    files: { last: 'one' },
    change: write('last', 'two'),
  },
  {
    what: 'a file that is in a layer below, in a folder of several layers',
    lines: [`FROM ${BASE}`, 'RUN chmod 700 /etc', 'RUN echo 1 > /etc/new', 'COPY passwd /etc/'],
    files: { passwd: 'root:x:0:0::/:/bin/sh\n' },
    change: write('passwd', 'root:x:0:0::/root:/bin/sh\n'),
  },
  {
    what: 'a folder whose parents have modes and owners of their own, deep in several layers',
    lines: [
      `FROM ${BASE}`,
      'RUN mkdir -p /srv/a/b/c && chmod 750 /srv/a && chown 7:8 /srv/a/b && echo 1 > /srv/a/b/c/index',
      'RUN echo 2 > /srv/a/log && chmod 711 /srv/a',
      'COPY site /srv/a/b/c',
    ],
    files: { 'site/index': 'one', 'site/sub/page': 'one' },
    change: write('site/index', 'two'),
  },
  {
    what: 'a destination that is a symlink, to an absolute path and out of the root',
    lines: [
      `FROM ${BASE}`,
      'RUN mkdir -p /real/deep && ln -s /real/deep /link && ln -s ../../../../real /real/deep/out',
      'RUN echo 1 > /real/seen',
      'COPY last /link/out/deep/',
    ],
    files: { last: 'one' },
    change: write('last', 'two'),
  },
  {
    what: 'a path whose folder was removed and made anew',
    lines: [
      `FROM ${BASE}`,
      'RUN mkdir -p /app/old/inside && ln -s /etc /app/old/link && echo 1 > /app/old/inside/file',
      'RUN rm -r /app/old && mkdir -p /app/old && chmod 700 /app/old',
      'COPY tree /app/old',
    ],
    files: { 'tree/link/file': 'one', 'tree/inside': 'one' },
    change: write('tree/link/file', 'two'),
  },
  {
    what: 'a folder that was removed',
    lines: [
      `FROM ${BASE}`,
      'RUN mkdir -m 700 /gone && echo 1 > /gone/file',
      'RUN rm -r /gone',
      'COPY last /gone/',
    ],
    files: { last: 'one' },
    change: write('last', 'two'),
  },
  {
    what: 'what .dockerignore leaves out, links, modes, --chown and --chmod',
    lines: [`FROM ${BASE}`, 'WORKDIR /app', 'COPY --chown=7:8 --chmod=640 . .', 'CMD ["x"]'],
    files: {
      '.dockerignore': 'secret*\n!secret-not\n',
      a: 'one',
      secret: 's',
      'secret-not': 'n',
      'd/e': 'e',
    },
    change: (context) => {
      symlinkSync('../a', join(context, 'd/link'));
      chmodSync(join(context, 'd/e'), 0o711);
      writeFileSync(join(context, 'secret'), 'other');
    },
  },
  {
    what: 'a file in the Dockerfile itself, and a layer of its own',
    lines: [`FROM ${BASE}`, 'COPY --link <<END a /srv/', 'text', 'END', 'ENV x=y'],
    files: { a: 'one' },
    change: write('a', 'two'),
  },
  {
    what: 'several of them, into the same folders, with settings between them',
    lines: [
      `FROM ${BASE}`,
      'WORKDIR /app',
      'COPY first ./',
      'ENV x=y',
      'COPY tree ./tree/',
      'LABEL a=b',
      'COPY --chmod=700 second /app/tree/',
      'COPY tree/one /etc/link',
    ],
    files: { first: 'one', 'tree/one': '1', 'tree/second': '1', second: '2' },
    change: write('first', 'two'),
  },
  {
    what: 'the last stage of several',
    lines: [
      `FROM ${BASE} AS build`,
      'RUN echo 1 > /made',
      'FROM scratch',
      'COPY --from=build /made /bin/',
      'COPY last /bin/',
    ],
    files: { last: 'one' },
    change: write('last', 'two'),
  },
];

for (const { what, ...one } of cases) {
  test(`a last COPY that changed is made without a worker, and the same: ${what}`, async () => {
    const [changed, fresh] = await buildBothWays(one);
    assert.equal(changed, fresh);
  });
}

test('the image is pushed as a whole, its new layer alone is sent', async () => {
  const context = bench.context({ Dockerfile: `FROM ${BASE}\nCOPY last /\n`, last: 'one' });
  const destinations = [`${bench.registry}/attempt/app:1`];
  await bench.build(context, { destinations });
  writeFileSync(join(context, 'last'), 'two');
  const { result, events } = await bench.build(context, { destinations, ...NO_WORKER });
  const [pushed] = result.pushed;
  assert.ok(pushed!.uploadedBytes > 0 && pushed!.uploadedBytes < 10_000, `${pushed?.uploadedBytes}`);
  assert.ok(pushed!.skippedBytes > 100_000, `${pushed?.skippedBytes}`);
  assert.ok(events.some((event) => event.type === 'miss'));
  const second = await bench.build(context, { destinations, ...NO_WORKER });
  assert.equal(second.result.manifest.digest, result.manifest.digest);
  assert.equal(second.result.pushed[0]?.uploadedBytes, 0);
});

test('an error of the COPY is the same, and said once', async () => {
  const context = bench.context({
    Dockerfile: `FROM ${BASE}\nRUN mkdir /dir\nCOPY tree /\n`,
    'tree/file': 'one',
  });
  await bench.build(context);
  writeFileSync(join(context, 'tree/dir'), 'no folder');
  for (const options of [NO_WORKER, { store: storePaths(bench.folder.join('error')) }])
    await assert.rejects(bench.build(context, options), {
      code: 'COPY_OVER_FOLDER',
      message: '/dir is a folder and cannot be replaced by a file',
    });
});

/** Builds as that user; the digest of the image. */
function buildAs(user: { uid: number; gid: number }, options: Partial<RunBuildOptions>): Promise<string> {
  const registries = { mirrors: [{ from: 'docker.io', to: bench.registry }] };
  const args = ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'builder/build.ts')];
  const request = JSON.stringify({ ...REPRODUCIBLE, registries, ...options });
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args, request], {
      ...user,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    child.once('close', () => {
      const [, result] = /^result (.*)$/m.exec(output) ?? [];
      if (result === undefined) reject(new Error(output));
      else resolve(JSON.parse(result).manifest.digest);
    });
  });
}

test('an ordinary user needs no worker either where what is looked at belongs to root in the image', async () => {
  const name = `slipway-${process.pid}`;
  assert.equal(spawnSync('useradd', ['--no-create-home', '--shell', '/bin/sh', name]).status, 0);
  try {
    const idOf = (flag: string): number => Number(spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout);
    const user = { uid: idOf('-u'), gid: idOf('-g') };
    spawnSync('usermod', ['--add-subuids', '700000-765535', '--add-subgids', '700000-765535', name]);
    chmodSync(bench.folder.path, 0o755);
    const home = bench.folder.join('home');
    mkdirSync(home);
    chownSync(home, user.uid, user.gid);
    const lines = [`FROM ${BASE}`, 'RUN mkdir -m 750 /app && echo 1 > /app/file', 'COPY last /app/', ''];
    const context = bench.context({ Dockerfile: lines.join('\n'), last: 'one' });
    const store = storePaths(join(home, 'state'));
    await buildAs(user, { context, store });
    writeFileSync(join(context, 'last'), 'two');
    const changed = await buildAs(user, { context, store, ...NO_WORKER });
    assert.equal(changed, await buildAs(user, { context, store: storePaths(join(home, 'other')) }));

    const foreign = lines.toSpliced(2, 0, 'RUN chown 1000:1000 /app');
    const owned = bench.context({ Dockerfile: foreign.join('\n'), last: 'one' });
    await buildAs(user, { context: owned, store });
    writeFileSync(join(owned, 'last'), 'two');
    await assert.rejects(buildAs(user, { context: owned, store, ...NO_WORKER }), /without a result/);
    await buildAs(user, { context: owned, store });
    spawnSync('rm', ['-rf', home]);
  } finally {
    spawnSync('userdel', [name]);
  }
});

const workerCases: readonly (Case & { readonly prepare?: () => void })[] = [
  {
    what: 'a RUN comes after it',
    lines: [`FROM ${BASE}`, 'COPY last /', 'RUN cat /last > /copy'],
    files: { last: 'one' },
    change: write('last', 'two'),
  },
  {
    what: 'another stage needs its stage',
    lines: [`FROM ${BASE} AS first`, 'COPY last /', `FROM ${BASE}`, 'COPY --from=first /last /'],
    files: { last: 'one' },
    change: write('last', 'two'),
  },
  {
    what: 'it names a user',
    lines: [`FROM ${BASE}`, 'COPY --chown=app last /'],
    files: { last: 'one' },
    change: write('last', 'two'),
  },
  {
    what: 'it copies much',
    lines: [`FROM ${BASE}`, 'COPY . /'],
    files: { last: 'one' },
    change: write('last', 'x'.repeat(17 * 1024 * 1024)),
  },
  {
    what: 'the layers below are not unpacked',
    lines: [`FROM ${BASE}`, 'RUN echo unpacked > /x', 'COPY last /'],
    files: { last: 'one' },
    change: (context) => {
      writeFileSync(join(context, 'last'), 'two');
      const { layersDir } = storePaths(bench.stateDir);
      for (const name of readdirSync(layersDir)) rmSync(join(layersDir, name), { recursive: true });
    },
  },
];

for (const { what, lines, files, change } of workerCases) {
  test(`a COPY that changed needs the worker where ${what}`, async () => {
    const context = bench.context({ Dockerfile: `${lines.join('\n')}\n`, ...files });
    await bench.build(context);
    change(context);
    await assert.rejects(bench.build(context, NO_WORKER), { code: 'BUILD_WORKER_FAILED' });
    const { result, events } = await bench.build(context);
    assert.ok(result.steps.some(({ status }) => status === 'done'));
    const starts = events.filter((event) => event.type === 'start').map((event) => event.title);
    assert.equal(new Set(starts).size, starts.length);
  });
}
