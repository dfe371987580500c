import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type GitServer, makeRepository, serveGit } from '@slipway/cli';
import { slipway } from '../cli.ts';
import { type SeededState, seededState } from '../seeded-state.ts';

let state: SeededState;
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-bad-input-'));
  state = await seededState('busybox', 'executor');
});
after(async () => {
  await state?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

describe('slipway run', () => {
  const task = (steps: string, rest = ''): string =>
    `apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: bad}\nspec:\n${rest}  steps:\n${steps}`;
  const cases: [title: string, yaml: string, code: number, says: RegExp[]][] = [
    ['a YAML syntax error', 'apiVersion: v1\nkind: [ConfigMap\n', 3, [/stdin:\d+:\d+/, /YAML_SYNTAX/, /\^/]],
    [
      'an unknown field',
      task('    - {image: busybox, commands: ["true"]}\n'),
      3,
      [/unknown field "spec\.steps\[0\]\.commands"/],
    ],
    [
      'no step',
      'apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: bad}\nspec: {}\n',
      3,
      [/spec\.steps/],
    ],
    [
      'a missing param',
      task('    - {image: busybox, command: [echo, $(params.who)]}\n', '  params: [{name: who}]\n'),
      1,
      [/missing values for these params which have no default values: \[who\]/],
    ],
    [
      'an unknown image',
      task('    - {image: nowhere.invalid/no/image, command: ["true"]}\n'),
      1,
      [/nowhere\.invalid\/no\/image/, /slipway seed/],
    ],
    [
      'a step that fails',
      task('    - {name: fails, image: busybox, command: [sh, -c, "exit 7"]}\n'),
      1,
      [/exited with code 7/],
    ],
  ];
  for (const [title, yaml, code, says] of cases) {
    test(title, async () => {
      const outcome = await slipway(['run', '-f', '-', state.option], { input: yaml });
      for (const pattern of says) assert.match(outcome.stderr, pattern);
      assert.equal(outcome.code, code, outcome.stdout + outcome.stderr);
      assert.doesNotMatch(outcome.stderr, /^\s+at /m);
    });
  }
});

describe('slipway build from Git', () => {
  let open: GitServer;
  let locked: GitServer;
  let silent: Server;
  before(async () => {
    const sources = join(folder, 'sources');
    await mkdir(sources);
    await writeFile(join(sources, 'Dockerfile'), 'FROM busybox\nCOPY missing /\n');
    await makeRepository(join(folder, 'git'), 'app', sources);
    open = await serveGit({ folder: join(folder, 'git') });
    locked = await serveGit({ folder: join(folder, 'git'), credentials: { username: 'u', password: 'p' } });
    silent = createServer(() => {}); // accepts and never says a word
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });
  after(async () => {
    await open?.[Symbol.asyncDispose]();
    await locked?.[Symbol.asyncDispose]();
    silent?.close();
  });

  const build = (...args: string[]): ReturnType<typeof slipway> =>
    slipway(['build', ...args, '--to', 'bad/app', state.option]);

  test('a server that refuses connections', async () => {
    const outcome = await build('http://127.0.0.1:1/app.git');
    assert.equal(outcome.code, 1);
    assert.match(outcome.stdout + outcome.stderr, /does not answer|[Cc]onnection refused|Failed to connect/);
  });

  test('a repository that needs a password', async () => {
    const outcome = await build(`${locked.url}/app.git`);
    assert.equal(outcome.code, 1);
    assert.match(outcome.stdout + outcome.stderr, /password|credentials|[Aa]uthentication/);
  });

  test('a revision that does not exist', async () => {
    const outcome = await build(`${open.url}/app.git`, '--revision', 'no-such-branch');
    assert.equal(outcome.code, 1);
    assert.match(outcome.stdout + outcome.stderr, /no-such-branch/);
  });

  test('a Dockerfile that copies what is not there: file, line and caret', async () => {
    const outcome = await build(`${open.url}/app.git`);
    assert.equal(outcome.code, 1);
    assert.match(outcome.stdout, /Dockerfile:2/);
    assert.match(outcome.stdout, /2 \| COPY missing \//);
  });
});

describe('slipway image build', () => {
  const cases: [title: string, dockerfile: string, codes: number[], says: RegExp[]][] = [
    [
      'an unknown instruction',
      'FROM scratch\nRUNN true\n',
      [3],
      [/Dockerfile:2:1/, /unknown instruction/i, /RUN\b/, /\^/],
    ],
    ['an empty Dockerfile', '\n', [3], [/Dockerfile/]],
    [
      'an unknown stage, which might be an image: where no registry answers, nobody knows',
      'FROM scratch\nCOPY --from=bulid /a /b\n',
      [4, 7],
      [/Dockerfile:2:1/, /no stage .* is called "bulid"/],
    ],
  ];
  for (const [title, dockerfile, codes, says] of cases) {
    test(title, async () => {
      const context = await mkdtemp(join(folder, 'context-'));
      await writeFile(join(context, 'Dockerfile'), dockerfile);
      const outcome = await slipway(['image', 'build', context, '-t', 'x', state.option]);
      for (const pattern of says) assert.match(outcome.stderr, pattern);
      assert.ok(codes.includes(outcome.code ?? -1), outcome.stdout + outcome.stderr);
    });
  }
});
