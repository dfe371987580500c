import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { execute, slipway } from '../cli.ts';

const COMMANDS = [
  'build',
  'run',
  'up',
  'down',
  'status',
  'kubeconfig',
  'image',
  'registry',
  'seed',
  'doctor',
  'demo',
  'completion',
];

test('--help names every command and the exit codes', async () => {
  const { code, stdout } = await slipway(['--help']);
  assert.equal(code, 0);
  for (const command of COMMANDS) assert.match(stdout, new RegExp(`^  ${command}\\b`, 'm'));
  assert.match(stdout, /130\s+cancelled/);
});

for (const command of [...COMMANDS, 'image build', 'registry gc']) {
  test(`slipway ${command} --help`, async () => {
    const { code, stdout } = await slipway([...command.split(' '), '--help']);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^Usage: slipway ${command}`));
  });
}

const mistakes: [title: string, args: string[], code: number, says: RegExp][] = [
  ['a command that is mistyped', ['biuld', '.'], 2, /unknown command 'biuld'[\s\S]*Did you mean build\?/],
  ['an unknown option', ['status', '--stat'], 2, /unknown option '--stat'/],
  ['build without --to', ['build', '.'], 2, /--to/],
  ['a source that is neither folder nor URL', ['build', './nowhere', '--to', 'a/b'], 4, /SOURCE_NOT_FOUND/],
  ['a revision of a folder', ['build', '.', '--to', 'a/b', '--revision', 'main'], 2, /REVISION_OF_FOLDER/],
  ['a YAML file that is not there', ['run', '-f', 'nowhere.yaml'], 4, /cannot read nowhere\.yaml/],
  ['a bad port', ['up', '--api-port', '70000'], 2, /a port is 0 to 65535/],
];

for (const [title, args, code, says] of mistakes) {
  test(`mistake: ${title}`, async () => {
    const outcome = await slipway(args);
    assert.match(outcome.stderr, says);
    assert.equal(outcome.code, code);
    assert.doesNotMatch(outcome.stderr, /^\s+at /m, 'no stack trace for a user’s mistake');
  });
}

test('completion: bash takes the script and completes a command, an option and its value', async () => {
  const script = `source <(${process.execPath} bin/slipway.js completion bash)
    COMP_WORDS=(slipway se); COMP_CWORD=1; _slipway; echo "\${COMPREPLY[*]}"
    COMP_WORDS=(slipway image build --pu); COMP_CWORD=3; _slipway; echo "\${COMPREPLY[*]}"
    COMP_WORDS=(slipway build . --method ''); COMP_CWORD=4; _slipway; echo "\${COMPREPLY[*]}"`;
  const { stdout } = await execute('bash', ['-c', script]);
  assert.deepEqual(stdout.trim().split('\n'), ['seed', '--push', 'native kaniko buildah docker all']);
});

describe('up, status, down', () => {
  let folder: string;
  let stateDir: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-cli-'));
    stateDir = `--state-dir=${join(folder, 'state')}`;
  });
  after(async () => {
    await slipway(['down', stateDir]);
    await rm(folder, { recursive: true, force: true });
  });

  test('status and down say that nothing runs', async () => {
    const status = await slipway(['status', stateDir]);
    assert.equal(status.code, 4);
    assert.match(status.stderr, /NOT_RUNNING[\s\S]*slipway up --detach/);
    assert.equal((await slipway(['down', stateDir])).code, 0);
  });

  test('up --detach prints an export line that kubectl works with; down stops it', async () => {
    const up = await slipway(['up', '--detach', '--api-port=0', '--registry-port=0', stateDir]);
    assert.equal(up.code, 0, up.stderr);
    const kubeconfig = /^export KUBECONFIG=(.+)$/m.exec(up.stdout)?.[1] ?? '';
    const env = { KUBECONFIG: kubeconfig, HOME: folder };
    const namespaces = await execute('kubectl', ['get', 'namespaces', '-o', 'name'], { env });
    assert.match(namespaces.stdout, /namespace\/default/);
    assert.equal((await slipway(['kubeconfig', stateDir])).stdout.includes('slipway-admin'), true);

    const second = await slipway(['up', stateDir]);
    assert.equal(second.code, 6);
    assert.match(second.stderr, /STATE_LOCKED/);

    const status = await slipway(['status', '-o', 'json', stateDir]);
    const { pid } = JSON.parse(status.stdout) as { pid: number };
    assert.equal((await slipway(['down', stateDir])).code, 0);
    const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => 'gone');
    assert.match(state, /gone|\) Z /, 'the process has ended, if nobody has reaped it yet');
  });
});
