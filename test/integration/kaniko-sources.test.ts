import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseReference, RegistryClient } from '@slipway/oci';
import { FROM, KanikoBench, push } from './kaniko/kaniko-bench.ts';

let kaniko: KanikoBench;

before(async () => {
  kaniko = await KanikoBench.open();
});

after(async () => {
  await kaniko[Symbol.asyncDispose]();
});

test('a tar as context: a file, compressed or not, and standard input', async () => {
  const tar = kaniko.bench.folder.join('context.tar.gz');
  assert.equal(spawnSync('tar', ['-C', kaniko.context, '-czf', tar, '.']).status, 0);
  for (const [source, given] of [
    [`tar://${tar}`, undefined],
    ['tar://stdin', tar],
  ] as const) {
    const name = kaniko.destination();
    const outcome = await kaniko.executor(
      [`--context=${source}`, push(name)],
      given === undefined ? {} : { stdin: given },
    );
    assert.equal(outcome.code, 0, outcome.stdout + outcome.stderr);
    assert.equal(await kaniko.fileOf(name, 'file.txt'), 'content');
  }
  const broken = kaniko.bench.folder.join('broken.tar.gz');
  writeFileSync(broken, readFileSync(tar).subarray(0, 200));
  const outcome = await kaniko.executor([`--context=tar://${broken}`, '--no-push']);
  assert.equal(outcome.code, 1);
  assert.match(outcome.stderr, /error resolving source context: the context tar:.* cannot be unpacked/);
});

test('a Git repository as context, by branch and by commit', async () => {
  const repository = kaniko.bench.folder.join('repository');
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
    const name = kaniko.destination();
    const outcome = await kaniko.executor(['--context', source, push(name)], { env });
    assert.equal(outcome.code, 0, outcome.stdout + outcome.stderr);
    assert.equal(await kaniko.fileOf(name, 'which'), `${which}\n`, source);
  }
  git('branch', 'old', first);
  const name = kaniko.destination();
  const flags = ['--git', 'branch=old', '--git', 'recurse-submodules=1', '--git=insecure-skip-tls=true'];
  const branch = await kaniko.executor(['--context=git://git.example/team/app.git', ...flags, push(name)], {
    env,
  });
  assert.equal(branch.code, 0, branch.stdout + branch.stderr);
  assert.equal(await kaniko.fileOf(name, 'which'), 'first\n');
  const missing = await kaniko.executor(['--context=git://git.example/team/app.git#nowhere', '--no-push'], {
    env,
  });
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /cannot clone git:\/\/git\.example\/team\/app\.git: .*nowhere/);
});

test('--reproducible: two builds at different times have one digest', async () => {
  const digests: string[] = [];
  for (const round of [1, 2]) {
    const name = kaniko.destination();
    const outcome = await kaniko.executor([
      `-c${kaniko.context}`,
      '-fsub/Dockerfile',
      '--reproducible',
      push(name),
    ]);
    assert.equal(outcome.code, 0, `${round}: ${outcome.stdout}`);
    digests.push((await kaniko.pull(name)).digest);
  }
  assert.equal(digests[0], digests[1]);
});

test('--cache keeps results in a repository, which a machine that has nothing takes them from', async () => {
  const repository = `${kaniko.bench.registry}/app/cache`;
  const args = [
    `-c${kaniko.context}`,
    '--cache',
    `--cache-repo=${repository}`,
    '--cache-copy-layers',
    '--build-arg=GREETING=cached',
  ];
  const first = await kaniko.executor([...args, push(kaniko.destination())]);
  assert.equal(first.code, 0, first.stdout + first.stderr);
  assert.doesNotMatch(first.stderr, /Using caching version/);
  const second = await kaniko.executor([...args, push(kaniko.destination())]);
  assert.equal(second.code, 0, second.stdout + second.stderr);
  assert.equal(second.stderr.match(/Using caching version of cmd/g)?.length, 2, second.stderr);
  const old = await kaniko.executor([
    ...args,
    '--cache-ttl=1ms',
    '--no-push-cache',
    push(kaniko.destination()),
  ]);
  assert.doesNotMatch(old.stderr, /Using caching version/);
  const without = await kaniko.executor([...args, '--cache=false', push(kaniko.destination())]);
  assert.doesNotMatch(without.stderr, /Using caching version/);
  const tags: string[] = [];
  for await (const tag of new RegistryClient().tags(parseReference(repository))) tags.push(tag);
  assert.ok(tags.every((tag) => /^[0-9a-f]{64}$/.test(tag)) && tags.length >= 2, tags.join());
});

test('--cache-repo=oci:FOLDER keeps results in that folder', async () => {
  const folder = kaniko.bench.folder.join('oci-cache');
  const flags = [`--context=${kaniko.context}`, '--no-push', '--cache', `--cache-repo=oci:${folder}`];
  const first = await kaniko.executor(flags);
  assert.equal(first.code, 0, first.stderr);
  assert.doesNotMatch(first.stderr, /Using caching version/);
  assert.match((await kaniko.executor(flags)).stderr, /Using caching version of cmd: .*RUN/);
});

test('a cache that cannot be reached is a warning', async () => {
  const name = kaniko.destination();
  const args = [
    `-c${kaniko.context}`,
    '-fsub/Dockerfile',
    '--cache',
    '--cache-repo=127.0.0.1:9/a',
    push(name),
  ];
  const outcome = await kaniko.executor([...args, '--skip-push-permission-check']);
  assert.equal(outcome.code, 0, outcome.stdout + outcome.stderr);
  assert.match(outcome.stderr, /WARN.* the cache in 127\.0\.0\.1:9\/a is not asked any more/);
});

test('nothing of a build is left in kaniko’s folder', async () => {
  const folder = kaniko.bench.folder.join('kaniko');
  mkdirSync(folder);
  const outcome = await kaniko.executor([`-c${kaniko.context}`, '--no-push', `--kaniko-dir=${folder}`]);
  assert.equal(outcome.code, 0, outcome.stdout + outcome.stderr);
  assert.deepEqual(spawnSync('ls', ['-A', folder], { encoding: 'utf8' }).stdout, '');
});
