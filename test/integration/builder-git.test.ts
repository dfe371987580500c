// ADD of Git repositories, from a real server of smart HTTP.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type GitServer, serveGit } from '../../packages/cli/src/demo/git-server.ts';
import { Workbench } from './builder/workbench.ts';

const TOKEN = 'ghp_s3cret';

let bench: Workbench;
let open: GitServer;
let closed: GitServer;
let commit: string;

before(async () => {
  bench = await Workbench.open();
  const served = bench.folder.join('served');
  mkdirSync(served);
  open = await serveGit({ folder: served });
  closed = await serveGit({ folder: served, credentials: { username: 'x-access-token', password: TOKEN } });
  const library = makeRepository('lib', { 'lib.txt': 'of the library' });
  commit = makeRepository('app', { 'run.sh': 'echo', 'docs/page': 'page' }, (work, git) => {
    git('update-index', '--chmod=+x', 'run.sh');
    addSubmodule(work, git, { path: 'vendor/lib', url: `${open.url}/lib.git`, commit: library });
    symlinkSync('/etc', join(work, 'host'));
    git('add', 'host');
  });
});
after(async () => {
  await open?.[Symbol.asyncDispose]();
  await closed?.[Symbol.asyncDispose]();
  await bench?.[Symbol.asyncDispose]();
});

type Git = (...args: string[]) => string;

/** A bare repository that is served, with one commit on `main`, tagged `v1`; returns the commit. */
function makeRepository(
  name: string,
  files: Readonly<Record<string, string>>,
  more: (work: string, git: Git) => void = () => {},
): string {
  const work = bench.context(files);
  const identity = {
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@b',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@b',
  };
  const git: Git = (...args) => {
    const env = { ...process.env, ...identity };
    const { status, stdout, stderr } = spawnSync('git', ['-C', work, ...args], { encoding: 'utf8', env });
    assert.equal(status, 0, stderr);
    return stdout.trim();
  };
  git('init', '-q', '-b', 'main');
  git('add', '.');
  more(work, git);
  git('commit', '-qm', name);
  git('tag', 'v1');
  const bare = bench.folder.join(`served/${name}.git`);
  git('clone', '-q', '--bare', work, bare);
  git('-C', bare, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  return git('rev-parse', 'HEAD');
}

/** As `git submodule add` leaves it, which would have to ask the server that this process is. */
function addSubmodule(
  work: string,
  git: Git,
  { path, url, commit: head }: { path: string; url: string; commit: string },
): void {
  writeFileSync(join(work, '.gitmodules'), `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n`);
  git('add', '.gitmodules');
  git('update-index', '--add', '--cacheinfo', `160000,${head},${path}`);
}

async function files(source: string, flags = '', secrets: Record<string, string> = {}): Promise<string[]> {
  const context = bench.context({ Dockerfile: `FROM scratch\nADD ${flags} ${source} /r/\n` });
  const { result, events } = await bench.build(context, { secrets, noCache: true });
  assert.ok(!JSON.stringify(events).includes(TOKEN));
  return [...(await bench.files(result))]
    .filter(([path, { entry }]) => entry.type !== 'directory' && !path.startsWith('r/.git/'))
    .map(([path, { entry }]) => `${path.slice(2)} ${entry.mode.toString(8)}`);
}

const ALL = ['.gitmodules 644', 'docs/page 644', 'host 777', 'run.sh 755', 'vendor/lib/lib.txt 644'];

test('a repository comes with its submodules and without .git, readable whatever the umask', async () => {
  const before = process.umask(0o077);
  try {
    assert.deepEqual(await files(`${open.url}/app.git`), ALL);
  } finally {
    process.umask(before);
  }
});

test('references: tag, branch, commit, folder, in the fragment and in the query', async () => {
  for (const source of [
    '#v1',
    '#main',
    `#${commit}`,
    '?ref=v1',
    '?tag=v1',
    '?branch=main',
    `?commit=${commit}`,
  ])
    assert.deepEqual(await files(`${open.url}/app.git${source}`), ALL, source);
  assert.deepEqual(await files(`${open.url}/app.git#v1:docs`), ['page 644']);
  assert.deepEqual(await files(`${open.url}/app.git?subdir=docs&submodules=0`), ['page 644']);
});

test('without submodules, with the commit that is meant', async () => {
  const without = ALL.filter((file) => !file.startsWith('vendor'));
  assert.deepEqual(await files(`${open.url}/app.git?submodules=false`), without);
  assert.deepEqual(await files(`${open.url}/app.git`, `--checksum=${commit.slice(0, 7)}`), ALL);
  await assert.rejects(files(`${open.url}/app.git?commit=abcdef`), { code: 'ADD_CHECKSUM' });
});

test('a folder that is a symlink to this machine’s is none of the repository', async () => {
  await assert.rejects(files(`${open.url}/app.git#v1:host`), {
    code: 'ADD_GIT',
    message: /"host" is not a folder of the repository/,
  });
  await assert.rejects(files(`${open.url}/app.git?folder=x`), {
    code: 'ADD_GIT',
    message: /no query "folder"/,
  });
});

test('a submodule that is a folder of this machine is refused', async () => {
  const private_ = bench.folder.join('private');
  mkdirSync(private_);
  spawnSync('git', ['-C', private_, 'init', '-q']);
  makeRepository('sneaky', { x: 'x' }, (work, git) => {
    addSubmodule(work, git, { path: 'p', url: private_, commit });
  });
  await assert.rejects(files(`${open.url}/sneaky.git`), { code: 'ADD_GIT' });
  rmSync(private_, { recursive: true });
});

test('a private repository: the secret GIT_AUTH_TOKEN, for the host or for all; without it git does not ask', async () => {
  const host = new URL(closed.url).host;
  const source = `${closed.url}/lib.git`;
  assert.deepEqual(await files(source, '', { [`GIT_AUTH_TOKEN.${host}`]: `${TOKEN}\n` }), ['lib.txt 644']);
  assert.deepEqual(await files(source, '', { GIT_AUTH_TOKEN: TOKEN }), ['lib.txt 644']);
  const header = `Basic ${btoa(`x-access-token:${TOKEN}`)}`;
  assert.deepEqual(await files(source, '', { GIT_AUTH_HEADER: header }), ['lib.txt 644']);
  await assert.rejects(files(source), { code: 'ADD_GIT', message: /could not read Username/ });
});
