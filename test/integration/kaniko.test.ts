import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { Outcome } from '../cli.ts';
import { KanikoBench, push } from './kaniko/kaniko-bench.ts';

let kaniko: KanikoBench;

before(async () => {
  kaniko = await KanikoBench.open();
});

after(async () => {
  await kaniko[Symbol.asyncDispose]();
});

test('the command line of the classic Task builds and pushes, and the log looks as kaniko’s', async () => {
  const name = kaniko.destination();
  const { code, stdout, stderr } = await kaniko.executor([
    `--context=${kaniko.context}`,
    `--dockerfile=${kaniko.context}/Dockerfile`,
    `--destination=${name}`,
    '--skip-tls-verify',
    '--build-arg=GREETING=hello',
  ]);
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /^hello $/m, 'what RUN prints is on standard output as it is');
  assert.match(stderr, /^\x1b\[36mINFO\x1b\[0m\[000\d\] \[3\/3\] RUN echo/m);
  const { digest } = await kaniko.pull(name);
  assert.ok(stderr.includes(`Pushed ${name.replace(/:v1$/, '')}@${digest}`), stderr);
  assert.equal(await kaniko.fileOf(name, 'greeting'), 'hello \n');
});

interface Case {
  readonly what: string;
  readonly args: (name: string) => string[];
  readonly env?: Record<string, string>;
  readonly code?: number;
  readonly stderr?: RegExp;
  readonly check?: (name: string, outcome: Outcome) => Promise<void> | void;
}

const cases: Case[] = [
  {
    what: 'short forms, a value as the next word, a Dockerfile relative to the context',
    args: (name) => ['-f', 'sub/Dockerfile', '-c', kaniko.context, '-d', name],
    check: async (name) => assert.equal(await kaniko.fileOf(name, 'sub'), 'sub\n'),
  },
  {
    what: '--context-sub-path and dir://',
    args: (name) => [`--context=dir://${kaniko.context}`, '--context-sub-path=sub', push(name)],
    check: async (name) => assert.equal(await kaniko.fileOf(name, 'sub'), 'sub\n'),
  },
  {
    what: 'a build argument without a value takes the environment’s',
    args: (name) => ['--build-arg', 'FROM_ENV', push(name)],
    env: { FROM_ENV: 'outside' },
    check: async (name) => assert.equal(await kaniko.fileOf(name, 'greeting'), 'none outside\n'),
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
      const { config, manifest } = await kaniko.pull(name);
      assert.equal(config.config?.Labels?.a, 'b=c');
      assert.deepEqual(manifest.annotations, { x: 'y' });
      assert.equal(await kaniko.fileOf(name, 'one'), '1\n');
    },
  },
  {
    what: 'a secret of bytes that are no text',
    args: (name) => [push(name), '-fbinary.Dockerfile', `--secret=id=key,src=${kaniko.context}/file.bin`],
    check: async (name) => assert.match((await kaniko.fileOf(name, 'sum')) ?? '', /^6c948836/),
  },
  {
    what: 'two destinations and the files with digests',
    args: (name) => [
      push(name),
      push(name.replace(':v1', ':v2')),
      `--digest-file=${kaniko.out('digest')}`,
      `--image-name-with-digest-file=${kaniko.out('named')}`,
      `--image-name-tag-with-digest-file=${kaniko.out('tagged')}`,
    ],
    check: async (name) => {
      const { digest } = await kaniko.pull(name);
      assert.equal((await kaniko.pull(name.replace(':v1', ':v2'))).digest, digest);
      const plain = name.replace(':v1', '');
      assert.equal(readFileSync(kaniko.out('digest'), 'utf8'), digest);
      const lines = `${plain}:v1@${digest}\n${plain}:v2@${digest}\n`;
      for (const file of ['named', 'tagged']) assert.equal(readFileSync(kaniko.out(file), 'utf8'), lines);
    },
  },
  {
    what: 'the file with digests alone has no tags',
    args: (name) => [push(name), `--image-name-with-digest-file=${kaniko.out('untagged')}`],
    check: async (name) => {
      const { digest } = await kaniko.pull(name);
      const line = `${name.replace(':v1', '')}@${digest}\n`;
      assert.equal(readFileSync(kaniko.out('untagged'), 'utf8'), line);
    },
  },
  {
    what: '--tar-path beside a push',
    args: (name) => [push(name), `--tar-path=${kaniko.out('pushed.tar')}`],
    check: async (name) => {
      assert.equal(await kaniko.fileOf(name, 'greeting'), 'none \n');
      assert.ok(existsSync(kaniko.out('pushed.tar')));
    },
  },
  {
    what: '--tar-path with --no-push gives a tar that skopeo reads as docker load does, and pushes nothing',
    args: (name) => [push(name), '--no-push', `--tar-path=${kaniko.out('image.tar')}`],
    check: async (name) => {
      await assert.rejects(kaniko.pull(name));
      const inspect = spawnSync('skopeo', ['inspect', `docker-archive:${kaniko.out('image.tar')}`], {
        encoding: 'utf8',
      });
      assert.equal(inspect.status, 0, inspect.stderr);
      const copied = spawnSync('skopeo', [
        'copy',
        '-q',
        `docker-archive:${kaniko.out('image.tar')}`,
        `oci:${kaniko.out('copied')}:x`,
      ]);
      assert.equal(copied.status, 0, String(copied.stderr));
    },
  },
  {
    what: '--oci-layout-path gives a layout with the digest that is pushed',
    args: (name) => [push(name), `--oci-layout-path=${kaniko.out('layout')}`],
    check: async (name) => {
      const args = ['inspect', '--format', '{{.Digest}}', `oci:${kaniko.out('layout')}`];
      const inspect = spawnSync('skopeo', args, { encoding: 'utf8' });
      assert.equal(inspect.stdout.trim(), (await kaniko.pull(name)).digest, inspect.stderr);
    },
  },
  {
    what: '--no-push alone needs no destination',
    args: () => ['--no-push', `--digest-file=${kaniko.out('unpushed')}`],
    stderr: /Skipping push to container registry due to --no-push flag/,
    check: () => assert.match(readFileSync(kaniko.out('unpushed'), 'utf8'), /^sha256:[0-9a-f]{64}$/),
  },
  { what: 'KANIKO_NO_PUSH', args: () => [], env: { KANIKO_NO_PUSH: 'true' }, stderr: /Skipping push/ },
  {
    what: '--ignore-path keeps what RUN writes there out of the image',
    args: (name) => [push(name), '--ignore-path=/noise'],
    check: async (name) => {
      assert.equal(await kaniko.fileOf(name, 'noise/x'), undefined);
      assert.equal(await kaniko.fileOf(name, 'greeting'), 'none \n');
    },
  },
  {
    what: '--compression=zstd',
    args: (name) => [push(name), '--compression=zstd', '--compression-level=5'],
    check: async (name) => {
      const { manifest } = await kaniko.pull(name);
      assert.match(manifest.layers.at(-1)!.mediaType, /zstd/);
    },
  },
  {
    what: '--secret from a file and from a variable',
    args: (name) => [
      '-f',
      'secret.Dockerfile',
      push(name),
      `--secret=id=key,src=${kaniko.context}/secret.txt`,
    ],
    check: async () => {
      const again = await kaniko.executor(
        [`-c${kaniko.context}`, '-fsecret.Dockerfile', '--no-push', '--secret', 'id=key,env=KEY'],
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
    stderr: /^error building image: failing\.Dockerfile:2:1: "\/bin\/sh -c exit 7" ended with exit code 7/m,
  },
  {
    what: 'a Dockerfile that is wrong',
    args: () => ['--no-push', '--dockerfile=wrong.Dockerfile'],
    code: 1,
    stderr: /^error building image: wrong\.Dockerfile:2:1: .*\n2 \| RUNN make/m,
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
    what: 'several platforms, of which kaniko takes one',
    args: () => ['--no-push', '--customPlatform=linux/amd64,linux/arm64'],
    code: 1,
    stderr:
      /^Error: invalid argument "linux\/amd64,linux\/arm64" for "--custom-platform" flag: it takes one platform; run the executor for each/m,
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
    stderr: /^error resolving source context: the build context \/nowhere is not a folder$/m,
  },
  {
    what: 'a bucket',
    args: () => ['--no-push', '--context=gs://bucket/x.tar.gz'],
    code: 1,
    stderr: /^error resolving source context: unknown build context prefix provided: gs:\/\/\n.*git/m,
  },
  {
    what: 'a bucket, as it was once spelled',
    args: () => ['--no-push', '-b', 'x'],
    code: 1,
    stderr: /unknown build context prefix provided: gs:\/\/\n.*a step before/m,
  },
  {
    what: 'an annotation without a value',
    args: () => ['--no-push', '--annotation', 'x'],
    code: 1,
    stderr: /^Error: invalid argument "x" for "--annotation" flag: .*expect key=value, got x$/m,
  },
  {
    what: 'no context',
    args: () => ['--no-push', '--context='],
    code: 1,
    stderr: /^Error: please specify a path to the build context/m,
  },
  {
    what: '--image-format=docker, which forks of kaniko have',
    args: (name) => ['--image-format=docker', '--preserve-context', '--credential-helpers=', push(name)],
    stderr: /--preserve-context is not needed[\s\S]*--credential-helpers is not needed/,
    check: async (name) => {
      const { mediaType } = (await kaniko.pull(name)).manifest;
      assert.equal(mediaType, 'application/vnd.docker.distribution.manifest.v2+json');
    },
  },
  {
    what: 'a digest for a URL that nobody answers; its query is a secret',
    args: () => ['--no-push', '-fsub/Dockerfile', '--digest-file=https://127.0.0.1:9/d?sig=s3cret'],
    code: 1,
    stderr: /^(?![\s\S]*s3cret)[\s\S]*error pushing image: cannot send to https:\/\/127\.0\.0\.1:9\/d: /,
  },
  {
    what: 'a registry that does not answer is found out before the build',
    args: () => ['--destination=127.0.0.1:9/a/b', '-ffailing.Dockerfile'],
    code: 1,
    stderr: /^error checking push permissions .*: checking push permission for "127\.0\.0\.1:9\/a\/b"/m,
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
    stderr: /^error building image: (?!.*registry-1\.docker\.io)/m,
  },
];

for (const { what, args, env = {}, code = 0, stderr, check } of cases) {
  test(what, async () => {
    const name = kaniko.destination();
    const cache = `--cache-dir=${kaniko.bench.folder.join('cache')}`;
    const outcome = await kaniko.executor([`--context=${kaniko.context}`, cache, ...args(name)], { env });
    assert.equal(outcome.code, code, outcome.stdout + outcome.stderr);
    if (stderr) assert.match(outcome.stderr, stderr);
    await check?.(name, outcome);
  });
}
