import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Pod, STEPS_ANNOTATION } from '@slipway/kube';
import type { ConfigLookup } from '../container/lookup.ts';
import { credentialFiles } from './credentials.ts';
import { stepsOrder } from './steps-annotation.ts';
import { stepMessage } from './termination-message.ts';

const pod = (annotation?: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'p',
    ...(annotation === undefined ? {} : { annotations: { [STEPS_ANNOTATION]: annotation } }),
  },
  spec: { containers: [{ name: 'step-a' }, { name: 'step-b' }] },
});

test('a pod without the annotation is an ordinary one', () => {
  assert.equal(stepsOrder(pod()), undefined);
});

test('what is left out has its default', () => {
  assert.deepEqual(stepsOrder(pod('{"version":1,"steps":[{"container":"step-a"}]}')), {
    version: 1,
    steps: [{ container: 'step-a', onError: 'stopAndFail', results: [] }],
    results: { directory: '/tekton/results' },
    workingDirs: [],
    sidecars: [],
    credentials: [],
  });
});

const wrong: [name: string, text: string, message: RegExp][] = [
  ['not JSON', '{', /not a JSON object/],
  ['a list', '[]', /version undefined is not known/],
  ['null', 'null', /not a JSON object/],
  ['a later version', '{"version":2,"steps":[]}', /version 2 is not known/],
  ['no steps', '{"version":1}', /"steps" is not a list/],
  [
    'an unknown container',
    '{"version":1,"steps":[{"container":"x"}]}',
    /steps\[0\]: the pod has no container "x"/,
  ],
  [
    'a container twice',
    '{"version":1,"steps":[{"container":"step-a"},{"container":"step-a"}]}',
    /steps\[1\]: the pod has no container "step-a"/,
  ],
];

for (const [name, text, message] of wrong) {
  test(`annotation refused: ${name}`, () => {
    assert.throws(() => stepsOrder(pod(text)), { code: 'STEPS_INVALID', message });
  });
}

test('a termination message has results first, then what only the controller reads', () => {
  const results = [{ key: 'r', value: 'v', type: 1 }];
  const message = stepMessage({ startedAt: new Date(0), exitCode: 3, reason: 'Skipped', results });
  assert.deepEqual(JSON.parse(message!), [
    ...results,
    { key: 'StartedAt', value: '1970-01-01T00:00:00.000Z', type: 3 },
    { key: 'ExitCode', value: '3', type: 3 },
    { key: 'Reason', value: 'Skipped', type: 3 },
  ]);
});

test('a message counts in bytes', () => {
  const message = (value: string) => stepMessage({ results: [{ key: 'r', value, type: 1 }] });
  assert.ok(message('x'.repeat(4000)));
  assert.equal(message('ß'.repeat(2100)), undefined);
});

const secrets: Record<string, Record<string, string>> = {
  git: { username: 'me', password: 'p@ss:word' },
  path: { username: 'you', password: 'x' },
  ssh: { 'ssh-privatekey': 'KEY\n', known_hosts: 'host ssh-rsa AAAA\n' },
  cfg: { '.dockercfg': '{"a.test":{"auth":"YQ=="},"b.test":{"auth":"YQ=="}}' },
  json: { '.dockerconfigjson': '{"auths":{"b.test":{"auth":"Yg=="}}}' },
  broken: { '.dockerconfigjson': '{' },
  deploy: { 'ssh-privatekey': 'DEPLOY', known_hosts: 'host ssh-rsa AAAA\n' },
  hostile: { username: 'a\n[core]\n\tpager = "x"', password: 'x' },
};

const lookup = {
  secret: async (name: string) =>
    secrets[name] && new Map(Object.entries(secrets[name]).map(([key, value]) => [key, Buffer.from(value)])),
} as unknown as ConfigLookup;

test('docker credentials: later kinds win, broken and missing Secrets are passed over', async () => {
  const files = await credentialFiles(
    [
      { secret: 'git', kind: 'basic-docker', url: 'https://c.test/v1/' },
      { secret: 'broken', kind: 'docker-config' },
      { secret: 'json', kind: 'docker-config' },
      { secret: 'cfg', kind: 'docker-cfg' },
      { secret: 'gone', kind: 'docker-config' },
    ],
    lookup,
  );
  const auth = Buffer.from('me:p@ss:word').toString('base64');
  assert.deepEqual(JSON.parse(files.get('.docker/config.json')!).auths, {
    'a.test': { auth: 'YQ==' },
    'b.test': { auth: 'Yg==' },
    'https://c.test/v1/': { username: 'me', password: 'p@ss:word', auth, email: 'not@val.id' },
  });
});

test('git credentials: whole hosts first, a path uses it', async () => {
  const files = await credentialFiles(
    [
      { secret: 'path', kind: 'basic-git', url: 'https://git.test/org/repo' },
      { secret: 'git', kind: 'basic-git', url: 'https://git.test' },
    ],
    lookup,
  );
  assert.equal(
    files.get('.git-credentials'),
    'https://me:p%40ss%3Aword@git.test\nhttps://you:x@git.test/org/repo\n',
  );
  assert.match(
    files.get('.gitconfig')!,
    /\[credential "https:\/\/git\.test\/org\/repo"\]\n\tusername = you\n\tuseHttpPath = true/,
  );
});

test('ssh credentials: a key for each host', async () => {
  const files = await credentialFiles([{ secret: 'ssh', kind: 'ssh-git', url: 'git.test:2222' }], lookup);
  assert.equal(files.get('.ssh/id_ssh'), 'KEY\n');
  assert.equal(files.get('.ssh/known_hosts'), 'host ssh-rsa AAAA\n');
  assert.equal(
    files.get('.ssh/config'),
    'Host git.test\n    HostName git.test\n    Port 2222\n    IdentityFile /tekton/creds/.ssh/id_ssh\n',
  );
});

test('ssh credentials: several keys for one host, and one for a repository alone', async () => {
  const order = (secret: string, url: string) => ({ secret, kind: 'ssh-git' as const, url });
  const files = await credentialFiles(
    [
      order('deploy', 'git.test/org/repo.git'),
      order('ssh', 'git.test'),
      order('deploy', 'git.test'),
      { secret: 'git', kind: 'basic-git', url: 'https://git.test' },
    ],
    lookup,
  );
  assert.equal(files.get('.ssh/id_deploy'), 'DEPLOY\n');
  assert.equal(files.get('.ssh/known_hosts'), 'host ssh-rsa AAAA\n');
  const keys = '/tekton/creds/.ssh';
  assert.equal(
    files.get('.ssh/config'),
    `Host git.test\n    HostName git.test\n    Port 22\n    IdentityFile ${keys}/id_ssh\n    IdentityFile ${keys}/id_deploy\n` +
      `Host git.test--org--repo\n    HostName git.test\n    Port 22\n    IdentityFile ${keys}/id_deploy\n`,
  );
  assert.equal(
    files.get('.gitconfig'),
    '[credential]\n\thelper = store\n[credential "https://git.test"]\n\tusername = me\n' +
      '[url "git@git.test--org--repo:org/repo.git"]\n\tinsteadOf = git@git.test:org/repo.git\n' +
      '[url "ssh://git.test--org--repo/org/repo.git"]\n\tinsteadOf = ssh://git.test/org/repo.git\n',
  );
});

test('git credentials: a name is meant as a URL, and a user name adds no line to the configuration', async () => {
  const files = await credentialFiles([{ secret: 'hostile', kind: 'basic-git', url: 'git.test' }], lookup);
  assert.equal(
    files.get('.gitconfig'),
    '[credential]\n\thelper = store\n[credential "https://git.test"]\n\tusername = "a\\n[core]\\n\tpager = \\"x\\""\n',
  );
  assert.match(files.get('.git-credentials')!, /^https:\/\/a%0A%5Bcore.*:x@git\.test\n$/);
});

test("a step's last words give way to its results", () => {
  const end = { results: [{ key: 'r', value: 'v'.repeat(3000), type: 1 }] };
  assert.match(
    stepMessage({ ...end, lastWords: 'error: no' }) ?? '',
    /"LastWords","value":"error: no","type":3/,
  );
  assert.equal(stepMessage({ ...end, lastWords: 'x'.repeat(1200) }), stepMessage(end));
});
