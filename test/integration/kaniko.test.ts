import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ContentStore, parseReference, pullImage, RegistryClient } from '@slipway/oci';
import { execute, type Outcome, root } from '../cli.ts';
import { Workbench } from './builder/workbench.ts';

const EXECUTOR = join(root, 'packages/builder/src/kaniko/main.ts');
const FROM = 'FROM docker.io/library/busybox:1\n';

let bench: Workbench;
let context: string;

before(async () => {
  bench = await Workbench.open();
  await bench.pushBusybox();
  context = bench.context({
    Dockerfile: `${FROM}ARG GREETING=none\nARG FROM_ENV\nCOPY file.txt /\nRUN echo "$GREETING $FROM_ENV" | tee /greeting; mkdir -p /noise; date > /noise/x\n`,
    'file.txt': 'content',
    'sub/Dockerfile': `${FROM}RUN echo sub > /sub\n`,
    'failing.Dockerfile': `${FROM}RUN exit 7\n`,
    'secret.Dockerfile': `${FROM}RUN --mount=type=secret,id=key test "$(cat /run/secrets/key)" = opensesame\n`,
    'stages.Dockerfile': `${FROM.trim()} AS one\nRUN echo 1 > /one\n${FROM}RUN echo 2 > /two\n`,
    'wrong.Dockerfile': `${FROM}RUNN make\n`,
    'secret.txt': 'opensesame',
  });
});

after(async () => {
  await bench[Symbol.asyncDispose]();
});

interface ExecutorOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: Buffer;
  readonly cwd?: string;
}

/** Runs the executor with a folder for its cache, so that base images are fetched once. */
async function executor(args: readonly string[], options: ExecutorOptions = {}): Promise<Outcome> {
  const env = { KANIKO_REGISTRY_MAP: `docker.io=${bench.registry}`, HOME: bench.folder.path, ...options.env };
  const flags = ['--disable-warning=ExperimentalWarning', EXECUTOR, ...args];
  const cwd = options.cwd ?? bench.folder.path;
  return await execute(process.execPath, flags, {
    cwd,
    env,
    ...(options.input && { input: options.input as never }),
  });
}

/** As `executor`, with the context and a cache folder. */
async function build(...args: string[]): Promise<Outcome> {
  return await executor([`--context=${context}`, `--cache-dir=${bench.folder.join('cache')}`, ...args]);
}

let names = 0;
function destination(): string {
  names += 1;
  return `${bench.registry}/app/image-${names}:v1`;
}

interface Pulled {
  readonly digest: string;
  readonly config: Awaited<ReturnType<typeof pullImage>>['config'];
  readonly manifest: Awaited<ReturnType<typeof pullImage>>['manifest'];
}

async function pull(name: string): Promise<Pulled> {
  const store = await ContentStore.open(bench.folder.join('pulled'));
  return await pullImage({ client: new RegistryClient(), ref: parseReference(name), store });
}

/** The content of a file, from the uppermost layer that has it; undefined where none has. */
async function fileOf(name: string, path: string): Promise<string | undefined> {
  const { layers } = (await pull(name)).manifest;
  const store = await ContentStore.open(bench.folder.join('pulled'));
  for (const { digest } of layers.toReversed()) {
    const found = spawnSync('tar', ['-xOf', store.path(digest), path], { encoding: 'utf8' });
    if (found.status === 0) return found.stdout;
  }
  return undefined;
}

test('the command line of the classic Task builds and pushes, and the log looks as kaniko’s', async () => {
  const name = destination();
  const { code, stdout, stderr } = await build(
    `--dockerfile=${context}/Dockerfile`,
    `--destination=${name}`,
    '--skip-tls-verify',
    '--build-arg=GREETING=hello',
  );
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /^hello $/m, 'what RUN prints is on standard output as it is');
  assert.match(stderr, /^\x1b\[36mINFO\x1b\[0m\[000\d\] \[3\/3\] RUN echo/m);
  const { digest } = await pull(name);
  assert.ok(stderr.includes(`Pushed ${name.replace(/:v1$/, '')}@${digest}`), stderr);
  assert.equal(await fileOf(name, 'greeting'), 'hello \n');
});

interface Case {
  readonly what: string;
  readonly args: (name: string) => string[];
  readonly env?: Record<string, string>;
  readonly code?: number;
  readonly stdout?: RegExp;
  readonly stderr?: RegExp;
  readonly check?: (name: string, outcome: Outcome) => Promise<void> | void;
}

const push = (name: string): string => `--destination=${name}`;
const out = (name: string): string => bench.folder.join(`out-${name}`);

const cases: Case[] = [
  {
    what: 'short forms, a value as the next word, a Dockerfile relative to the context',
    args: (name) => ['-f', 'sub/Dockerfile', '-c', context, '-d', name],
    check: async (name) => assert.equal(await fileOf(name, 'sub'), 'sub\n'),
  },
  {
    what: '--context-sub-path and dir://',
    args: (name) => [`--context=dir://${context}`, '--context-sub-path=sub', push(name)],
    check: async (name) => assert.equal(await fileOf(name, 'sub'), 'sub\n'),
  },
  {
    what: 'a build argument without a value takes the environment’s',
    args: (name) => ['--build-arg', 'FROM_ENV', push(name)],
    env: { FROM_ENV: 'outside' },
    check: async (name) => assert.equal(await fileOf(name, 'greeting'), 'none outside\n'),
  },
  {
    what: '--target, --label, --annotation',
    args: (name) => [
      '-fstages.Dockerfile',
      '--target=one',
      '--label=a=b=c',
      '--annotation',
      'x=y',
      push(name),
    ],
    check: async (name) => {
      const { config, manifest } = await pull(name);
      assert.equal(config.config?.Labels?.a, 'b=c');
      assert.deepEqual(manifest.annotations, { x: 'y' });
      assert.equal(await fileOf(name, 'one'), '1\n');
    },
  },
  {
    what: 'two destinations and the files with digests',
    args: (name) => [
      push(name),
      push(name.replace(':v1', ':v2')),
      `--digest-file=${out('digest')}`,
      `--image-name-with-digest-file=${out('named')}`,
      `--image-name-tag-with-digest-file=${out('tagged')}`,
    ],
    check: async (name) => {
      const { digest } = await pull(name);
      assert.equal((await pull(name.replace(':v1', ':v2'))).digest, digest);
      const plain = name.replace(':v1', '');
      assert.equal(readFileSync(out('digest'), 'utf8'), digest);
      assert.equal(readFileSync(out('named'), 'utf8'), `${plain}@${digest}\n${plain}@${digest}\n`);
      assert.equal(readFileSync(out('tagged'), 'utf8'), `${plain}:v1@${digest}\n${plain}:v2@${digest}\n`);
    },
  },
  {
    what: '--tar-path gives a tar that skopeo reads as docker load does, and pushes nothing',
    args: (name) => [push(name), `--tar-path=${out('image.tar')}`],
    check: async (name) => {
      await assert.rejects(pull(name));
      const inspect = spawnSync('skopeo', ['inspect', `docker-archive:${out('image.tar')}`], {
        encoding: 'utf8',
      });
      assert.equal(inspect.status, 0, inspect.stderr);
      const copied = spawnSync('skopeo', [
        'copy',
        '-q',
        `docker-archive:${out('image.tar')}`,
        `oci:${out('copied')}:x`,
      ]);
      assert.equal(copied.status, 0, String(copied.stderr));
    },
  },
  {
    what: '--oci-layout-path gives a layout with the digest that is pushed',
    args: (name) => [push(name), `--oci-layout-path=${out('layout')}`],
    check: async (name) => {
      const args = ['inspect', '--format', '{{.Digest}}', `oci:${out('layout')}`];
      const inspect = spawnSync('skopeo', args, { encoding: 'utf8' });
      assert.equal(inspect.stdout.trim(), (await pull(name)).digest, inspect.stderr);
    },
  },
  {
    what: '--no-push alone needs no destination',
    args: () => ['--no-push', `--digest-file=${out('unpushed')}`],
    stderr: /Skipping push to container registry due to --no-push flag/,
    check: () => assert.match(readFileSync(out('unpushed'), 'utf8'), /^sha256:[0-9a-f]{64}$/),
  },
  { what: 'KANIKO_NO_PUSH', args: () => [], env: { KANIKO_NO_PUSH: 'true' }, stderr: /Skipping push/ },
  {
    what: '--ignore-path keeps what RUN writes there out of the image',
    args: (name) => [push(name), '--ignore-path=/noise'],
    check: async (name) => {
      assert.equal(await fileOf(name, 'noise/x'), undefined);
      assert.equal(await fileOf(name, 'greeting'), 'none \n');
    },
  },
  {
    what: '--compression=zstd',
    args: (name) => [push(name), '--compression=zstd', '--compression-level=5'],
    check: async (name) => {
      const { manifest } = await pull(name);
      assert.match(manifest.layers.at(-1)!.mediaType, /zstd/);
    },
  },
  {
    what: '--secret from a file and from a variable',
    args: (name) => ['-f', 'secret.Dockerfile', push(name), `--secret=id=key,src=${context}/secret.txt`],
    check: async () => {
      const again = await executor(
        [`-c${context}`, '-fsecret.Dockerfile', '--no-push', '--secret', 'id=key,env=KEY'],
        { env: { KEY: 'opensesame' } },
      );
      assert.equal(again.code, 0, again.stdout);
    },
  },
  {
    what: 'flags that have nothing to do here are accepted with one line each',
    args: () => [
      '--no-push',
      '--single-snapshot',
      '--snapshotMode=redo',
      '--use-new-run',
      '--cleanup',
      '--force',
    ],
    check: (_name, { stderr }) => {
      for (const flag of ['single-snapshot', 'snapshotMode', 'use-new-run', 'cleanup', 'force'])
        assert.equal(stderr.match(new RegExp(`--${flag} is not needed: `, 'g'))?.length, 1, flag);
      assert.match(stderr, /WARN.* Flag --snapshotMode is deprecated. Use: --snapshot-mode/);
    },
  },
  {
    what: '--log-format=json',
    args: () => ['--no-push', '--log-format=json'],
    check: (_name, { stderr }) => {
      for (const line of stderr.trim().split('\n'))
        assert.deepEqual(Object.keys(JSON.parse(line)), ['level', 'msg', 'time']);
    },
  },
  {
    what: '--log-format=text --verbosity=error says nothing when all is well',
    args: () => ['--no-push', '--log-format=text', '-verror'],
    check: (_name, { stderr }) => assert.equal(stderr, ''),
  },
  {
    what: 'the exit code of a RUN is the executor’s, and the place is named',
    args: () => ['--no-push', '--dockerfile=failing.Dockerfile'],
    code: 7,
    stdout: /^error building image: failing\.Dockerfile:2:1: "\/bin\/sh -c exit 7" ended with exit code 7/m,
  },
  {
    what: 'a Dockerfile that is wrong',
    args: () => ['--no-push', '--dockerfile=wrong.Dockerfile'],
    code: 1,
    stdout: /^error building image: wrong\.Dockerfile:2:1: .*\n2 \| RUNN make/m,
  },
  {
    what: 'no destination',
    args: () => [],
    code: 1,
    stderr: /^Error: you must provide --destination, or use --no-push$/m,
  },
  {
    what: 'an unknown flag',
    args: () => ['--no-pushh'],
    code: 1,
    stderr: /^Error: unknown flag: --no-pushh$/m,
  },
  {
    what: 'no Dockerfile',
    args: () => ['--no-push', '-f', 'nowhere'],
    code: 1,
    stderr:
      /^Error: .*please provide a valid path to a Dockerfile within the build context with --dockerfile$/m,
  },
  {
    what: 'a context that is not there',
    args: () => ['--no-push', '--context=/nowhere'],
    code: 1,
    stdout: /^error resolving source context: the build context \/nowhere is not a folder$/m,
  },
  {
    what: 'a bucket',
    args: () => ['--no-push', '--context=gs://bucket/x.tar.gz'],
    code: 1,
    stdout: /^error resolving source context: unknown build context prefix provided: gs:\/\/\n.*git/m,
  },
  {
    what: 'a registry that does not answer is found out before the build',
    args: () => ['--destination=127.0.0.1:9/a/b', '-ffailing.Dockerfile'],
    code: 1,
    stdout: /^error checking push permissions .*: checking push permission for "127\.0\.0\.1:9\/a\/b"/m,
  },
  {
    what: '--skip-default-registry-fallback asks the mirror only',
    args: () => [
      '--no-push',
      '--skip-default-registry-fallback',
      '-fsub/Dockerfile',
      '--registry-map=docker.io=127.0.0.1:9',
    ],
    env: { KANIKO_REGISTRY_MAP: '' },
    code: 1,
    stdout: /^error building image: (?!.*registry-1\.docker\.io)/m,
  },
];

for (const { what, args, env = {}, code = 0, stdout, stderr, check } of cases) {
  test(what, async () => {
    const name = destination();
    const cache = `--cache-dir=${bench.folder.join('cache')}`;
    const outcome = await executor([`--context=${context}`, cache, ...args(name)], { env });
    assert.equal(outcome.code, code, outcome.stdout + outcome.stderr);
    if (stdout) assert.match(outcome.stdout, stdout);
    if (stderr) assert.match(outcome.stderr, stderr);
    await check?.(name, outcome);
  });
}

test('a tar as context: a file, compressed or not, and standard input', async () => {
  const tar = bench.folder.join('context.tar.gz');
  assert.equal(spawnSync('tar', ['-C', context, '-czf', tar, '.']).status, 0);
  const input = readFileSync(tar);
  for (const [source, given] of [
    [`tar://${tar}`, undefined],
    ['tar://stdin', input],
  ] as const) {
    const name = destination();
    const outcome = await executor(
      [`--context=${source}`, push(name)],
      given === undefined ? {} : { input: given },
    );
    assert.equal(outcome.code, 0, outcome.stdout + outcome.stderr);
    assert.equal(await fileOf(name, 'file.txt'), 'content');
  }
  const broken = bench.folder.join('broken.tar.gz');
  writeFileSync(broken, input.subarray(0, 200));
  const outcome = await executor([`--context=tar://${broken}`, '--no-push']);
  assert.equal(outcome.code, 1);
  assert.match(outcome.stdout, /error resolving source context: the context tar:.* cannot be unpacked/);
});

test('a Git repository as context, by branch and by commit', async () => {
  const repository = bench.folder.join('repository');
  mkdirSync(repository);
  const git = (...args: string[]): string => {
    const env = {
      ...process.env,
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@b',
      GIT_COMMITTER_NAME: 'a',
      GIT_COMMITTER_EMAIL: 'a@b',
    };
    const { status, stdout, stderr } = spawnSync('git', ['-C', repository, ...args], {
      encoding: 'utf8',
      env,
    });
    assert.equal(status, 0, stderr);
    return stdout.trim();
  };
  git('init', '-q', '-b', 'main');
  for (const text of ['first', 'second']) {
    writeFileSync(join(repository, 'Dockerfile'), `${FROM}RUN echo ${text} > /which\n`);
    git('add', '.');
    git('commit', '-qm', text);
  }
  const first = git('rev-parse', 'HEAD~1');
  const env = {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `url.file://${repository}.insteadOf`,
    GIT_CONFIG_VALUE_0: 'https://git.example/team/app.git',
  };
  for (const [source, which] of [
    ['git://git.example/team/app.git', 'second'],
    ['git://git.example/team/app.git#refs/heads/main', 'second'],
    [`git://git.example/team/app.git#refs/heads/main#${first}`, 'first'],
    ['https://git.example/team/app.git#main', 'second'],
  ] as const) {
    const name = destination();
    const outcome = await executor(['--context', source, push(name)], { env });
    assert.equal(outcome.code, 0, outcome.stdout + outcome.stderr);
    assert.equal(await fileOf(name, 'which'), `${which}\n`, source);
  }
  const missing = await executor(['--context=git://git.example/team/app.git#nowhere', '--no-push'], { env });
  assert.equal(missing.code, 1);
  assert.match(missing.stdout, /cannot clone git:\/\/git\.example\/team\/app\.git: .*nowhere/);
});

test('--reproducible: two builds at different times have one digest', async () => {
  const digests: string[] = [];
  for (const round of [1, 2]) {
    const name = destination();
    const outcome = await executor([`-c${context}`, '-fsub/Dockerfile', '--reproducible', push(name)]);
    assert.equal(outcome.code, 0, `${round}: ${outcome.stdout}`);
    digests.push((await pull(name)).digest);
  }
  assert.equal(digests[0], digests[1]);
});

test('--cache keeps results in a repository, which a machine that has nothing takes them from', async () => {
  const repository = `${bench.registry}/app/cache`;
  const args = [
    `-c${context}`,
    '--cache',
    `--cache-repo=${repository}`,
    '--cache-copy-layers',
    '--build-arg=GREETING=cached',
  ];
  const first = await executor([...args, push(destination())]);
  assert.equal(first.code, 0, first.stdout + first.stderr);
  assert.doesNotMatch(first.stderr, /Using caching version/);
  const second = await executor([...args, push(destination())]);
  assert.equal(second.code, 0, second.stdout + second.stderr);
  assert.equal(second.stderr.match(/Using caching version of cmd/g)?.length, 2, second.stderr);
  const old = await executor([...args, '--cache-ttl=1ms', '--no-push-cache', push(destination())]);
  assert.doesNotMatch(old.stderr, /Using caching version/);
  const without = await executor([...args, '--cache=false', push(destination())]);
  assert.doesNotMatch(without.stderr, /Using caching version/);
  const tags: string[] = [];
  for await (const tag of new RegistryClient().tags(parseReference(repository))) tags.push(tag);
  assert.ok(tags.every((tag) => /^[0-9a-f]{64}$/.test(tag)) && tags.length >= 2, tags.join());
});

test('a cache that cannot be reached is a warning', async () => {
  const name = destination();
  const args = [`-c${context}`, '-fsub/Dockerfile', '--cache', '--cache-repo=127.0.0.1:9/a', push(name)];
  const outcome = await executor([...args, '--skip-push-permission-check']);
  assert.equal(outcome.code, 0, outcome.stdout + outcome.stderr);
  assert.match(outcome.stderr, /WARN.* the cache in 127\.0\.0\.1:9\/a is not asked any more/);
});

test('nothing of a build is left in kaniko’s folder', async () => {
  const folder = bench.folder.join('kaniko');
  mkdirSync(folder);
  const outcome = await executor([`-c${context}`, '--no-push', `--kaniko-dir=${folder}`]);
  assert.equal(outcome.code, 0, outcome.stdout + outcome.stderr);
  assert.deepEqual(spawnSync('ls', ['-A', folder], { encoding: 'utf8' }).stdout, '');
  assert.ok(!existsSync('/kaniko') || statSync('/kaniko').isDirectory());
});
