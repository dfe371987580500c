// RUN --mount=type=ssh and --mount=type=secret through the command line.
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Outcome, slipway } from '../cli.ts';
import { mountsBelow, Workbench } from './builder/workbench.ts';

let bench: Workbench;
let context: string;
let key: string;
let agent: ChildProcess;
let socket: string;

before(async () => {
  bench = await Workbench.open();
  key = bench.folder.join('id_ed25519');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'build key', '-f', key]);
  socket = bench.folder.join('agent.socket');
  agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  while (!existsSync(socket)) await new Promise((resolve) => setTimeout(resolve, 20));
  execFileSync('ssh-add', ['-q', key], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'ignore' });
  context = bench.context({ 'bin/': '' });
  copyProgram('ssh-add');
  copyProgram('busybox');
});

after(async () => {
  agent?.kill();
  await bench?.[Symbol.asyncDispose]();
});

/** Copies a program of this machine with the libraries that it needs into the context. */
function copyProgram(name: string): void {
  const program = execFileSync('which', [name], { encoding: 'utf8' }).trim();
  const listed = spawnSync('ldd', [program], { encoding: 'utf8' }).stdout;
  const files = [program, ...[...listed.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, file]) => file!)];
  for (const file of files) {
    const place = join(context, 'root', file);
    mkdirSync(dirname(place), { recursive: true });
    copyFileSync(file, place);
    chmodSync(place, 0o755);
  }
  mkdirSync(join(context, 'root/bin'), { recursive: true });
}

const HEAD = ['FROM scratch', 'COPY root /', 'SHELL ["/usr/bin/busybox", "sh", "-c"]', ''].join('\n');

async function build(
  run: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Outcome> {
  const busybox = execFileSync('which', ['busybox'], { encoding: 'utf8' }).trim();
  writeFileSync(join(context, 'Dockerfile'), `${HEAD.replace('/usr/bin/busybox', busybox)}${run}\n`);
  const stateDir = bench.stateDir;
  const outcome = await slipway(
    ['image', 'build', context, '--progress', 'plain', '--state-dir', stateDir, ...args],
    {
      env,
    },
  );
  assert.deepEqual(mountsBelow(stateDir), []);
  return outcome;
}

const LIST = 'RUN --mount=type=ssh,required=true ssh-add -l && echo "socket $SSH_AUTH_SOCK"';

test('the agent of the caller answers inside RUN', async () => {
  const { code, stderr } = await build(LIST, ['--ssh', 'default', '--no-cache'], { SSH_AUTH_SOCK: socket });
  assert.equal(code, 0, stderr);
  assert.match(stderr, /256 SHA256:\S+ build key \(ED25519\)/);
  assert.match(stderr, /socket \/run\/buildkit\/ssh_agent\.0/);
});

for (const isolation of ['userns', 'chroot']) {
  test(`a key file is held by an agent of the build, ${isolation}`, async () => {
    const args = ['--ssh', `deploy=${key}`, '--no-cache', '--isolation', isolation];
    const run = 'RUN --mount=type=ssh,id=deploy,target=/tmp/agent ssh-add -l && echo "socket $SSH_AUTH_SOCK"';
    const { code, stderr } = await build(run, args);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /build key \(ED25519\)/);
    assert.match(stderr, /socket \/tmp\/agent/);
  });
}

test('RUN cannot take keys away from the agent of the caller', async () => {
  await build('RUN --mount=type=ssh ssh-add -D || echo refused', ['--ssh', 'default', '--no-cache'], {
    SSH_AUTH_SOCK: socket,
  });
  const left = execFileSync('ssh-add', ['-l'], {
    env: { ...process.env, SSH_AUTH_SOCK: socket },
    encoding: 'utf8',
  });
  assert.match(left, /build key/);
});

test('without an agent: required fails with the line, else nothing is mounted', async () => {
  const missing = await build(LIST, ['--no-cache']);
  assert.equal(missing.code, 3);
  assert.match(missing.stderr, /Dockerfile:4:\d+: no SSH agent is given under the id "default" \(RUN_SSH\)/);
  const fine = await build('RUN --mount=type=ssh test -e "$SSH_AUTH_SOCK" || echo none there', [
    '--no-cache',
  ]);
  assert.match(fine.stderr, /none there/);
  const { code, stderr } = await build(LIST, ['--ssh', 'default'], { SSH_AUTH_SOCK: '' });
  assert.equal(code, 2);
  assert.match(stderr, /SSH_INVALID/);
});

test('a key with a passphrase is refused, not waited for', async () => {
  const locked = bench.folder.join('locked');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'secret phrase', '-f', locked]);
  const { code, stderr } = await build(LIST, ['--ssh', `default=${locked}`, '--no-cache']);
  assert.equal(code, 3);
  assert.match(stderr, /SSH_KEY[\s\S]*passphrase/);
});

test('the key is in no file of the store', async () => {
  await build(LIST, ['--ssh', `default=${key}`, '--no-cache']);
  const line = readFileSync(key, 'utf8').split('\n')[2]!;
  const found = spawnSync('grep', ['-rlF', line, bench.stateDir]);
  assert.equal(found.stdout.toString(), '');
});

test('secrets from a file, a variable and by name; a wrong one says how', async () => {
  const file = bench.folder.join('secret.txt');
  writeFileSync(file, 'from a file');
  const run =
    'RUN --mount=type=secret,id=one --mount=type=secret,id=two,env=TWO busybox cat /run/secrets/one && busybox test "$TWO" = "from a variable" && echo " both"';
  const good = await build(
    run,
    ['--secret', `id=one,src=${file}`, '--secret', 'id=two,env=MINE', '--no-cache'],
    {
      MINE: 'from a variable',
    },
  );
  assert.match(good.stderr, /from a file both/);
  const bad = await build(run, ['--secret', 'id=one,src=/nowhere']);
  assert.equal(bad.code, 2);
  assert.match(bad.stderr, /the secret "one": \/nowhere cannot be read \(ENOENT\) \(SECRET_INVALID\)/);
});

// Git over SSH without a server of SSH: this ssh asks the agent for its keys, as the other would, and then is the server.
const SSH = `#!/bin/sh
ssh-add -l >&2 || exit 255
while [ "$1" != "git@host.test" ]; do shift; done
eval "exec $2"
`;

test('ADD of a repository over SSH goes with the agent that --ssh gives, and not with any other', async () => {
  const bin = bench.folder.join('ssh-bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'ssh'), SSH, { mode: 0o755 });
  const repository = bench.context({ 'file.txt': 'of the repository' });
  const git = (...args: string[]): unknown =>
    execFileSync('git', ['-C', repository, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args]);
  git('init', '-q');
  git('add', '.');
  git('commit', '-q', '-m', 'one');
  const add = `ADD git@host.test:${repository}/.git /repository\nRUN busybox cat /repository/file.txt`;
  const env = { PATH: `${bin}:${process.env.PATH}`, SSH_AUTH_SOCK: socket };
  const without = await build(add, ['--no-cache'], env);
  assert.equal(without.code, 3);
  assert.match(without.stderr, /Dockerfile:4:\d+: [^\n]*no agent is given \(ADD_SSH\)[\s\S]*--ssh default/);
  const given = await build(add, ['--no-cache', '--ssh', 'default'], env);
  assert.equal(given.code, 0, given.stderr);
  assert.match(given.stderr, /of the repository/);
  const byKey = await build(add, ['--no-cache', '--ssh', `default=${key}`], { ...env, SSH_AUTH_SOCK: '' });
  assert.equal(byKey.code, 0, byKey.stderr);
});
