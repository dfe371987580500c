// Where `slipway image build` takes a context and a Dockerfile from, as `docker build` does.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { storePaths } from '@slipway/builder';
import { type TemporaryFolder, temporaryFolder } from '@slipway/testkit';
import { execute, type Outcome, program, slipway } from '../cli.ts';

const DOCKERFILE = 'FROM scratch\nCOPY file /\n';

let folder: TemporaryFolder;
let context: string;
let server: Server;
let url: string;
/** The digest of the image that every spelling builds. */
let wanted: string;

before(async () => {
  folder = temporaryFolder('slipway-contexts-');
  context = makeContext('context');
  makeRepository();
  execFileSync('tar', ['-C', context, '-czf', folder.join('context.tgz'), '.']);
  execFileSync('tar', ['-C', context, '-cJf', folder.join('context.txz'), '.']);
  // A folder of files: Git's dumb protocol, and whoever asks with a password gets the same.
  server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname);
    const allowed =
      !path.startsWith('/private/') || request.headers.authorization === `Basic ${btoa('me:s3cret')}`;
    try {
      const body = readFileSync(folder.join(path.replace(/^\/private/, '').slice(1)));
      response.writeHead(allowed ? 200 : 401).end(allowed ? body : '');
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  wanted = digest(await build([context]));
});

after(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  folder[Symbol.dispose]();
});

function makeContext(name: string): string {
  const path = folder.join(name);
  mkdirSync(join(path, 'sub'), { recursive: true });
  writeFileSync(join(path, 'Dockerfile'), DOCKERFILE);
  writeFileSync(join(path, 'sub/other'), 'FROM scratch\nCOPY sub /other\n');
  writeFileSync(join(path, 'file'), 'content');
  writeFileSync(join(path, 'utf16'), Buffer.from(`\uFEFF${DOCKERFILE}`, 'utf16le'));
  return path;
}

function makeRepository(): void {
  const work = makeContext('work/inner');
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', folder.join('work'), '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
      encoding: 'utf8',
    });
  symlinkSync('/etc/passwd', join(work, 'host'));
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-qm', 'one');
  git('clone', '-q', '--bare', folder.join('work'), folder.join('repository.git'));
  execFileSync('git', ['-C', folder.join('repository.git'), 'update-server-info']);
}

/** All builds have the same times, so that the digest tells whether the image is the same. */
async function build(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const stateDir = folder.join('state');
  return await slipway(['image', 'build', '--quiet', '--reproducible', '--state-dir', stateDir, ...args], {
    env,
  });
}

/** As `build`, with a shell's redirection. */
async function buildIn(script: string): Promise<Outcome> {
  const stateDir = folder.join('state');
  const command = [program, 'image', 'build', '--quiet', '--reproducible', '--state-dir', stateDir];
  return await execute('bash', ['-c', script, 'bash', process.execPath, ...command]);
}

function digest({ code, stdout, stderr }: Outcome): string {
  assert.equal(code, 0, stderr);
  return stdout.trim();
}

function leftBehind(): string[] {
  return readdirSync(storePaths(folder.join('state')).scratchDir);
}

for (const [what, script] of [
  ['a tar on standard input', () => `tar -C ${context} -c . | "$@" -`],
  ['one that is compressed', () => `"$@" - < ${folder.join('context.txz')}`],
  ['a Dockerfile on standard input', () => `"$@" -f - ${context} < ${context}/Dockerfile`],
  ['a Dockerfile that is a pipe', () => `"$@" -f <(cat ${context}/Dockerfile) ${context}`],
  ['a tar from a URL', () => `"$@" ${url}/context.tgz`],
  ['one that wants a password', () => `"$@" ${url.replace('//', '//me:s3cret@')}/private/context.tgz`],
  ['a folder of a Git repository', () => `"$@" '${url}/repository.git#main:inner'`],
] as const) {
  test(what, async () => {
    assert.equal(digest(await buildIn(script())), wanted);
    assert.deepEqual(leftBehind(), []);
  });
}

test('a Dockerfile without a context, and one inside of a context that is fetched', async () => {
  const alone = await buildIn(`printf 'FROM scratch\\nLABEL a=b\\n' | "$@" -`);
  assert.match(digest(alone), /^sha256:/);
  const other = `"$@" -f sub/other - < ${folder.join('context.tgz')}`;
  assert.notEqual(digest(await buildIn(other)), wanted);
});

for (const [what, args, code, message] of [
  [
    'a folder that is not there',
    () => ['/nowhere/at/all'],
    4,
    /the build context \/nowhere\/at\/all does not exist/,
  ],
  ['a file', () => [join(context, 'file')], 4, /context\/file is not a folder[\s\S]*--file/],
  [
    'a Dockerfile in UTF-16',
    () => ['-f', join(context, 'utf16'), context],
    3,
    /utf16:1: .*zero bytes[\s\S]*save it as UTF-8/,
  ],
  [
    'a file for digests in no folder',
    () => ['--digest-file', '/nowhere/at/all', context],
    4,
    /no folder \/nowhere\/at/,
  ],
  [
    'a state folder that cannot be',
    () => ['--state-dir', '/proc/1/x', context],
    5,
    /STATE_FOLDER[\s\S]*--state-dir/,
  ],
  [
    'an output below a file',
    () => ['-o', 'type=oci,dest=/dev/null/x', context],
    4,
    /\/dev\/null\/x cannot be written/,
  ],
  ['standard input for both', () => ['-f', '-', '-'], 2, /not both \(CONTEXT_STDIN\)/],
  [
    'a server that refuses',
    () => [`${url.replace('//', '//me:wr0ng@')}/private/x`],
    7,
    /\*\*\*@[\s\S]* answered 4/,
  ],
  [
    'a Dockerfile that leads out of a repository',
    () => ['-f', 'host', `${url}/repository.git#main:inner`],
    3,
    /DOCKERFILE_OUTSIDE/,
  ],
  [
    'a branch that is not there',
    () => [`${url.replace('//', '//me:wr0ng@')}/repository.git#no`],
    7,
    /cannot clone/,
  ],
] as const) {
  test(`${what} is refused in one line`, async () => {
    const outcome = await build(args());
    assert.equal(outcome.code, code, outcome.stderr);
    assert.match(outcome.stderr, message);
    assert.doesNotMatch(outcome.stderr, /wr0ng|^ +at /m);
    assert.deepEqual(leftBehind(), []);
  });
}

test('--reproducible: other times, another state folder, locale, time zone and umask, the same digest', async () => {
  const copy = makeContext('copy');
  utimesSync(join(copy, 'file'), new Date('2031-05-06'), new Date('2031-05-06'));
  const env = { LC_ALL: 'C', TZ: 'Pacific/Kiritimati' };
  const args = ['image', 'build', '-q', '--reproducible', '--state-dir', folder.join('state-2'), copy];
  const command = ['-c', 'umask 077; exec "$@"', 'sh', process.execPath, program, ...args];
  const elsewhere = await execute('sh', command, { env });
  assert.equal(elsewhere.stdout.trim(), wanted, elsewhere.stderr);
  const dated = await build([context], { SOURCE_DATE_EPOCH: '1700000000' });
  assert.notEqual(digest(dated), wanted);
  assert.equal(digest(await build([copy, '--build-arg', 'SOURCE_DATE_EPOCH=1700000000'])), digest(dated));
});
