// The scripts that bring PipelineResources, run by this machine's sh, git and node as their containers run them.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { freePort, type TemporaryFolder, temporaryFolder } from '@slipway/testkit';
import { serveGit } from '../../packages/cli/src/demo/git-server.ts';
import { execute } from '../cli.ts';

const scripts = join(import.meta.dirname, '../../packages/tekton/steps');

interface Ended {
  readonly code: number;
  readonly output: string;
}

function run(script: string, env: Readonly<Record<string, string>>): Promise<Ended> {
  const { PATH = '' } = process.env;
  return new Promise((resolve) => {
    execFile(
      join(scripts, script),
      { env: { PATH: `${join(process.execPath, '..')}:${PATH}`, ...env } },
      (error, stdout, stderr) => {
        const code = typeof error?.code === 'number' ? error.code : error ? -1 : 0;
        resolve({ code, output: stdout + stderr });
      },
    );
  });
}

function clone(folder: TemporaryFolder, env: Readonly<Record<string, string>>): Promise<Ended> {
  return run('git-source.sh', {
    HOME: folder.join('home'),
    REVISION: '',
    REFSPEC: '',
    DEPTH: '1',
    SUBMODULES: 'true',
    SSL_VERIFY: 'true',
    TARGET: folder.join('target'),
    COMMIT_FILE: folder.join('commit'),
    ...env,
  });
}

interface Repository {
  readonly first: string;
  readonly last: string;
  git(...args: string[]): string;
}

/** `<folder>/repos/app.git`: two commits on the branch, the first with the tag v1; the second on refs/pull/1/head too. */
function makeRepository(folder: TemporaryFolder, branch: string, name = 'app'): Repository {
  mkdirSync(folder.join('home'), { recursive: true });
  const path = folder.join(`repos/${name}.git`);
  const work = folder.join(`work-${name}`);
  mkdirSync(work, { recursive: true });
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', '-C', work, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  git('init', '-b', branch);
  writeFileSync(join(work, 'file'), 'one\n');
  git('add', '.');
  git('commit', '-m', 'one');
  git('tag', 'v1');
  writeFileSync(join(work, 'file'), 'two\n');
  git('commit', '-am', 'two');
  git('clone', '--bare', work, path);
  execFileSync('git', ['-C', path, 'update-ref', 'refs/pull/1/head', branch]);
  return { git, first: git('rev-parse', 'v1'), last: git('rev-parse', 'HEAD') };
}

const text = (folder: TemporaryFolder, path: string): string => readFileSync(folder.join(path), 'utf8');

describe('git-source.sh', () => {
  for (const [revision, expected] of [
    ['', 'two\n'],
    ['master', 'two\n'],
    ['v1', 'one\n'],
    ['refs/pull/1/head', 'two\n'],
    ['a commit', 'one\n'],
    ['a short commit', 'one\n'],
  ] as const) {
    test(`takes the revision "${revision}"`, async () => {
      using folder = temporaryFolder();
      const { first, last } = makeRepository(folder, 'master');
      await using server = await serveGit({ folder: folder.join('repos') });
      const REVISION =
        revision === 'a commit' ? first : revision === 'a short commit' ? first.slice(0, 9) : revision;
      const { code, output } = await clone(folder, { URL: `${server.url}/app.git`, REVISION });
      assert.equal(code, 0, output);
      assert.equal(text(folder, 'target/file'), expected);
      assert.equal(text(folder, 'commit'), expected === 'one\n' ? first : last);
      assert.match(output, new RegExp(`^git-source: ${server.url}/app\\.git at [0-9a-f]{40} in `, 'm'));
    });
  }

  test('without a revision and without master it takes the default branch, and says so', async () => {
    using folder = temporaryFolder();
    const { last } = makeRepository(folder, 'main');
    await using server = await serveGit({ folder: folder.join('repos') });
    const { code, output } = await clone(folder, { URL: `${server.url}/app.git` });
    assert.equal(code, 0, output);
    assert.equal(text(folder, 'commit'), last);
    assert.match(output, /has no revision, and .* no branch "master": taking its default branch "main"/);
  });

  test('a revision that was given is taken as it is: the default branch is only named', async () => {
    using folder = temporaryFolder();
    makeRepository(folder, 'main');
    await using server = await serveGit({ folder: folder.join('repos') });
    const { code, output } = await clone(folder, { URL: `${server.url}/app.git`, REVISION: 'master' });
    assert.equal(code, 1);
    assert.match(
      output,
      /has no branch, tag or commit "master"; its default branch is "main": correct "revision"/,
    );
  });

  test('user and password come from the files of HOME, and are asked for when they are missing', async () => {
    using folder = temporaryFolder();
    makeRepository(folder, 'master');
    const credentials = { username: 'me', password: 'se:cr@et' };
    await using server = await serveGit({ folder: folder.join('repos'), credentials });
    const URL = `${server.url}/app.git`;
    const refused = await clone(folder, { URL });
    assert.equal(refused.code, 1);
    assert.match(
      refused.output,
      /needs a user and a password: put them into a Secret of type kubernetes\.io\/basic-auth/,
    );
    const wrong = await clone(folder, { URL: URL.replace('//', '//me:wrong-password@') });
    assert.equal(wrong.code, 1);
    assert.doesNotMatch(wrong.output, /wrong-password/);
    writeFileSync(folder.join('home/.gitconfig'), '[credential]\n\thelper = store\n');
    const line = server.url.replace('//', '//me:se%3Acr%40et@');
    writeFileSync(folder.join('home/.git-credentials'), `${line}\n`);
    const { code, output } = await clone(folder, { URL });
    assert.equal(code, 0, output);
    assert.doesNotMatch(output, /se:cr|se%3A/);
  });

  test('submodules come along, unless the resource says no', async () => {
    using folder = temporaryFolder();
    const { git } = makeRepository(folder, 'master');
    makeRepository(folder, 'master', 'part');
    await using server = await serveGit({ folder: folder.join('repos') });
    // This process serves the repository: it cannot wait for a program that asks it for one.
    git('-c', 'protocol.file.allow=always', 'submodule', 'add', folder.join('repos/part.git'), 'part');
    git('config', '-f', '.gitmodules', 'submodule.part.url', `${server.url}/part.git`);
    git('commit', '-am', 'part');
    git('push', folder.join('repos/app.git'), 'master');
    const URL = `${server.url}/app.git`;
    assert.equal((await clone(folder, { URL })).code, 0);
    assert.equal(text(folder, 'target/part/file'), 'two\n');
    const TARGET = folder.join('without');
    assert.equal((await clone(folder, { URL, TARGET, SUBMODULES: 'false' })).code, 0);
    assert.ok(!existsSync(join(TARGET, 'part/file')));
  });

  test('a refspec brings what the revision names', async () => {
    using folder = temporaryFolder();
    makeRepository(folder, 'master');
    await using server = await serveGit({ folder: folder.join('repos') });
    const env = { URL: `${server.url}/app.git`, REFSPEC: 'refs/tags/v1:refs/tags/v1', REVISION: 'v1' };
    const { code, output } = await clone(folder, env);
    assert.equal(code, 0, output);
    assert.equal(text(folder, 'target/file'), 'one\n');
  });

  test('values are data: no option, no command', async () => {
    using folder = temporaryFolder();
    makeRepository(folder, 'master');
    const URL = folder.join('repos/app.git');
    const touch = `$(touch ${folder.join('touched')})`;
    for (const env of [
      { URL: '--upload-pack=touch touched' },
      { URL, REVISION: `--upload-pack=touch ${folder.join('touched')}` },
      { URL, REVISION: touch },
      { URL: `ext::sh -c touch% ${folder.join('touched')}` },
    ]) {
      assert.equal((await clone(folder, env)).code, 1, JSON.stringify(env));
      assert.ok(!existsSync(folder.join('touched')), JSON.stringify(env));
    }
  });

  test('what is no repository, and what does not answer, is said', async () => {
    using folder = temporaryFolder();
    makeRepository(folder, 'master');
    await using server = await serveGit({ folder: folder.join('repos') });
    const missing = await clone(folder, { URL: `${server.url}/other.git` });
    assert.match(missing.output, /other\.git is not a Git repository, or it is private/);
    const silent = await clone(folder, { URL: `http://127.0.0.1:${await freePort()}/app.git` });
    assert.match(silent.output, /does not answer as a Git server/);
  });
});

describe('image-digest-exporter.cjs', () => {
  const digest = `sha256:${'ab'.repeat(32)}`;
  const export_ = (folder: TemporaryFolder, ...folders: string[]): Promise<Ended> =>
    run('image-digest-exporter.cjs', {
      IMAGES: JSON.stringify([
        { name: 'web', folders: folders.map((name) => folder.join(name)), result: folder.join('digest') },
      ]),
    });
  const layout = (folder: TemporaryFolder, name: string, text: string): void => {
    mkdirSync(folder.join(name), { recursive: true });
    writeFileSync(folder.join(name, 'index.json'), text);
  };

  test('one image gives its digest, several the digest of the index', async () => {
    using folder = temporaryFolder();
    layout(
      folder,
      'old',
      `${JSON.stringify({ schemaVersion: 2, manifests: [{ size: 314, digest }] })}\nEOF\n`,
    );
    assert.equal((await export_(folder, 'new', 'old')).code, 0);
    assert.equal(text(folder, 'digest'), digest);
    const both = JSON.stringify({ manifests: [{ digest }, { digest }] });
    layout(folder, 'new', both);
    assert.equal((await export_(folder, 'new', 'old')).code, 0);
    assert.equal(text(folder, 'digest'), `sha256:${createHash('sha256').update(both).digest('hex')}`);
  });

  test('no layout is no error; one that is none is', async () => {
    using folder = temporaryFolder();
    const none = await export_(folder, 'new');
    assert.equal(none.code, 0);
    assert.match(none.output, /no digest of "web"/);
    assert.ok(!existsSync(folder.join('digest')));
    layout(folder, 'new', '{"manifests": [{"digest": "sha256:../../x"}]}');
    assert.equal((await export_(folder, 'new')).code, 1);
    layout(folder, 'new', 'no JSON');
    assert.match((await export_(folder, 'new')).output, /is not JSON/);
  });
});

test('kubeconfig.cjs: kubectl reads what it writes, a token goes before a password, and only its owner may read it', async () => {
  using folder = temporaryFolder();
  const file = folder.join('prod/kubeconfig');
  const fields = {
    name: 'prod',
    url: 'https://10.1.2.3:6443',
    username: 'admin',
    password: 'p',
    token: '',
    namespace: 'web',
    insecure: false,
    cadata: '',
  };
  const env = {
    CLUSTER: JSON.stringify(fields),
    FILES: JSON.stringify([file]),
    TOKEN: 'from-secret\n',
    CADATA: 'PEM',
  };
  const { code, output } = await run('kubeconfig.cjs', env);
  assert.equal(code, 0, output);
  assert.doesNotMatch(output, /from-secret/);
  const view = await execute('kubectl', ['config', 'view', '--raw', '-o', 'json', `--kubeconfig=${file}`]);
  assert.equal(view.code, 0, view.stderr);
  const config = JSON.parse(view.stdout);
  assert.equal(config['current-context'], 'prod');
  assert.deepEqual(config.users, [{ name: 'admin', user: { token: 'from-secret' } }]);
  assert.deepEqual(config.contexts[0].context, { cluster: 'prod', user: 'admin', namespace: 'web' });
  assert.equal(
    Buffer.from(config.clusters[0].cluster['certificate-authority-data'], 'base64').toString(),
    'PEM',
  );
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

describe('storage-fetch.cjs', () => {
  const fetchFrom = (folder: TemporaryFolder, LOCATION: string, ARCHIVE = ''): Promise<Ended> =>
    run('storage-fetch.cjs', { LOCATION, ARCHIVE, TARGET: folder.join('target'), IS_FOLDER: 'true' });

  test('an archive is unpacked, a file is kept, what is missing is said', async () => {
    using folder = temporaryFolder();
    mkdirSync(folder.join('files'));
    writeFileSync(folder.join('files/hello'), 'hello\n');
    execFileSync('tar', ['-czf', folder.join('a.tar.gz'), '-C', folder.join('files'), '.']);
    const server = createServer((request, response) => {
      if (request.url === '/a.tar.gz') response.end(readFileSync(folder.join('a.tar.gz')));
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const unpacked = await fetchFrom(folder, `${url}/a.tar.gz`, 'tar.gz');
      assert.equal(unpacked.code, 0, unpacked.output);
      assert.equal(text(folder, 'target/hello'), 'hello\n');
      assert.equal((await fetchFrom(folder, `${url}/a.tar.gz`)).code, 0);
      assert.ok(existsSync(folder.join('target/a.tar.gz')));
      assert.match((await fetchFrom(folder, `${url}/b`)).output, /answers 404/);
    } finally {
      server.close();
      server.closeAllConnections();
    }
    const copied = await fetchFrom(folder, `file://${folder.join('files')}`);
    assert.equal(copied.code, 0, copied.output);
    assert.match((await fetchFrom(folder, 'file:///nowhere')).output, /mount its volume by the stepTemplate/);
  });
});
