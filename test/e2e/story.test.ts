// The story of 2019 as "npm run story" plays it, and what it leaves behind: docker, buildah and kaniko for real, from v1alpha1.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { execute, type Outcome, slipway } from '../cli.ts';
import { missingDockerd } from '../dockerd.ts';
import { type SeededState, seededState } from '../seeded-state.ts';

const SOCKET = '/var/run/docker.sock';
const METHODS = ['kaniko', 'buildah', 'docker'];
const TASKS = process.env.SLIPWAY_STORY_TASKS;

let state: SeededState;
let namespace: string;
let outcome: Outcome;
const hosts = readFileSync('/etc/hosts', 'utf8');
const hadDocker = existsSync(SOCKET);

before(
  async () => {
    assert.equal(missingDockerd(), undefined);
    state = await seededState();
    const up = await slipway(['up', '--detach', state.option]);
    assert.equal(up.code, 0, up.stderr);
    // Another folder with Tasks and Dockerfiles may be played instead, as it is.
    const other = TASKS === undefined ? [] : ['--tasks', TASKS];
    outcome = await slipway(['story', state.option, ...other]);
    namespace = /kubectl create namespace (\S+)/.exec(outcome.stdout)?.[1] ?? '';
  },
  { timeout: 900_000 },
);
after(async () => {
  await state?.[Symbol.asyncDispose]();
});

const kubectl = async (...args: string[]): Promise<string> => {
  const env = { KUBECONFIG: join(state.folder, 'kubeconfig') };
  const { code, stdout, stderr } = await execute('kubectl', ['-n', namespace, ...args], { env });
  assert.equal(code, 0, stderr);
  return stdout;
};

test('the story is told to its end', () => {
  assert.equal(outcome.code, 0, outcome.stdout.slice(-3000) + outcome.stderr);
  assert.match(outcome.stdout, /8\/8 what the images hold/);
  assert.match(outcome.stdout, /serviceaccount\/pipeline created/);
  assert.equal(
    outcome.stdout.match(/\$ docker pull /g)?.length,
    2 * METHODS.length,
    'docker takes all of them',
  );
  assert.match(outcome.stdout, /total +\d+\.\d\d s/);
});

test('docker and buildah are refused before the grant, by a message that names the field and the grant', () => {
  const refusals = outcome.stdout.match(/PodCreationFailed: .*forbidden: violates PodSecurity .*/g) ?? [];
  assert.equal(refusals.length, 2, outcome.stdout);
  assert.match(refusals[0]!, /securityContext\.privileged/);
  assert.match(outcome.stdout, /oc adm policy add-scc-to-user privileged -z pipeline -n \S+/);
});

test('no password is in the output', () => {
  assert.doesNotMatch(outcome.stdout + outcome.stderr, /eyJhbGciOi/, 'a token');
});

test('the three images and their twins of v1 are in the registry, and skopeo reads each', async () => {
  const tags = await kubectl('get', 'imagestreamtags', '-o', 'name');
  const { registry } = JSON.parse((await slipway(['status', '-o', 'json', state.option])).stdout);
  const token = (await kubectl('create', 'token', 'pipeline')).trim();
  for (const name of METHODS.flatMap((method) => [method, `${method}-v1`])) {
    assert.match(tags, new RegExp(`app-${name}:latest$`, 'm'));
    const source = `docker://${registry}/${namespace}/app-${name}`;
    const credentials = ['--tls-verify=false', `--creds=x:${token}`];
    const inspected = await execute('skopeo', ['inspect', ...credentials, source]);
    assert.equal(inspected.code, 0, inspected.stderr);
    assert.equal(JSON.parse(inspected.stdout).Os, 'linux');
  }
});

test('the images hold the same program, byte for byte', async () => {
  if (TASKS !== undefined) return; // theirs may compile it in different folders
  const sums = new Set<string>();
  for (const method of METHODS) {
    const image = `image-registry.openshift-image-registry.svc:5000/${namespace}/app-${method}`;
    const command = ['--', 'base64', '/usr/local/bin/app'];
    await kubectl('run', `cat-${method}`, `--image=${image}`, '--restart=Never', '--command', ...command);
    const done = '--for=jsonpath={.status.phase}=Succeeded';
    await kubectl('wait', done, `pod/cat-${method}`, '--timeout=60s');
    const program = Buffer.from(await kubectl('logs', `cat-${method}`), 'base64');
    assert.equal(program.subarray(1, 4).toString(), 'ELF');
    sums.add(createHash('sha256').update(program).digest('hex'));
  }
  assert.equal(sums.size, 1);
});

test('the logs of all steps are there after the run', async () => {
  const pods = (await kubectl('get', 'pods', '-o', 'name'))
    .split('\n')
    .filter((pod) => /-with-\w+-pod$/.test(pod));
  assert.equal(pods.length, 2 * METHODS.length);
  for (const pod of pods) {
    const log = await kubectl('logs', pod, '--container=step-build');
    assert.match(log, /digest|Pushed|Writing manifest/, pod);
  }
});

test('the machine is as it was', () => {
  assert.equal(readFileSync('/etc/hosts', 'utf8'), hosts);
  assert.equal(existsSync(SOCKET), hadDocker);
});
