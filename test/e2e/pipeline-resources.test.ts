// What Tekton's users wrote in 2019, as they wrote it: PipelineResources, v1alpha1, and credentials of a ServiceAccount.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type TemporaryFolder, temporaryFolder } from '@slipway/testkit';
import { type GitServer, serveGit } from '../../packages/cli/src/demo/git-server.ts';
import { execute, slipway } from '../cli.ts';
import { type SeededState, seededState } from '../seeded-state.ts';

const NAMESPACE = `story-${process.pid}`;
const REGISTRY = 'docker-registry.default.svc.cluster.local:5000';

let state: SeededState;
let folder: TemporaryFolder;
let server: GitServer;
let kubeconfig: string;
let commit: string;

/** A repository with a Dockerfile, served to `me` only. */
async function makeRepository(): Promise<void> {
  const work = folder.join('work');
  mkdirSync(work);
  writeFileSync(join(work, 'Dockerfile'), 'FROM busybox\nCOPY hello /hello\nCMD ["cat", "/hello"]\n');
  writeFileSync(join(work, 'hello'), 'hello\n');
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', '-C', work, ...args], {
      encoding: 'utf8',
    });
  git('init', '-q', '-b', 'master');
  git('add', '.');
  git('commit', '-q', '-m', 'hello');
  commit = git('rev-parse', 'HEAD').trim();
  git('clone', '-q', '--bare', work, folder.join('repos/app.git'));
  server = await serveGit({
    folder: folder.join('repos'),
    credentials: { username: 'me', password: 'p:ss w@rd' },
  });
}

async function kubectl(...args: string[]): Promise<string> {
  return withInput('', ...args);
}

async function withInput(input: string, ...args: string[]): Promise<string> {
  const env = { KUBECONFIG: kubeconfig, HOME: folder.path };
  const outcome = await execute('kubectl', ['-n', NAMESPACE, ...args], { env, input });
  assert.equal(outcome.code, 0, `kubectl ${args.join(' ')}: ${outcome.stderr}`);
  return outcome.stdout.trim();
}

const apply = (yaml: string): Promise<string> => withInput(yaml, 'apply', '-f', '-');

interface Ended {
  readonly reason: string;
  readonly message: string;
  readonly log: string;
}

/** Waits for a run's end, as a client of v1alpha1. */
async function ended(name: string, kind = 'taskruns'): Promise<Ended> {
  const one = [`${kind}.v1alpha1.tekton.dev`, name];
  await kubectl('wait', '--for=jsonpath={.status.completionTime}', '--timeout=120s', ...one);
  const [condition] = JSON.parse(await kubectl('get', ...one, '-o', 'jsonpath={.status.conditions}'));
  const run = kind === 'taskruns' ? 'taskRun' : 'pipelineRun';
  const pods = ['-l', `tekton.dev/${run}=${name}`, '--all-containers', '--tail=-1'];
  const log = await kubectl('logs', ...pods).catch(() => '');
  return { ...condition, log };
}

before(async () => {
  folder = temporaryFolder('slipway-story-');
  await makeRepository();
  state = await seededState('busybox', 'kaniko');
  const up = await slipway([
    'up',
    '--detach',
    '--api-port=0',
    '--registry-port=0',
    '-o',
    'json',
    state.option,
  ]);
  assert.equal(up.code, 0, up.stderr);
  ({ kubeconfig } = JSON.parse(up.stdout) as { kubeconfig: string });
  await kubectl('create', 'namespace', NAMESPACE);
  await kubectl('create', 'serviceaccount', 'pipeline');
  const role = ['--clusterrole=system:image-builder', `--serviceaccount=${NAMESPACE}:pipeline`];
  await kubectl('create', 'rolebinding', 'pipeline', ...role);
  await apply(`
apiVersion: v1
kind: Secret
metadata: {name: git-user, annotations: {tekton.dev/git-0: "${server.url}"}}
type: kubernetes.io/basic-auth
stringData: {username: me, password: "p:ss w@rd"}
---
apiVersion: tekton.dev/v1alpha1
kind: PipelineResource
metadata: {name: app-git}
spec:
  type: git
  params:
    - {name: revision, value: master}
    - {name: url, value: "${server.url}/app.git"}
---
apiVersion: tekton.dev/v1alpha1
kind: PipelineResource
metadata: {name: app-image}
spec:
  type: image
  params:
    - {name: url, value: ${REGISTRY}/${NAMESPACE}/app}
`);
  await kubectl('patch', 'serviceaccount', 'pipeline', '-p', '{"secrets":[{"name":"git-user"}]}');
});

after(async () => {
  await state?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  folder?.[Symbol.dispose]();
});

describe('a TaskRun of 2019', () => {
  test('clones a private repository, builds with kaniko, and says commit and digest', async () => {
    await apply(`
apiVersion: tekton.dev/v1alpha1
kind: Task
metadata: {name: build-with-kaniko}
spec:
  inputs:
    resources:
      - {name: git-source, type: git}
    params:
      - {name: pathToDockerFile, default: /workspace/git-source/Dockerfile}
      - {name: pathToContext, default: "\${inputs.resources.git-source.path}"}
  outputs:
    resources:
      - {name: docker-image, type: image}
  steps:
    - name: login
      image: gcr.io/kaniko-project/executor:debug
      command: [sh, -c]
      args:
        - |
          auth=$(printf 'anyone:%s' "$(cat /var/run/secrets/kubernetes.io/serviceaccount/token)" | base64 | tr -d '\\n')
          mkdir -p $HOME/.docker
          echo "{\\"auths\\":{\\"${REGISTRY}\\":{\\"auth\\":\\"$auth\\"}}}" >$HOME/.docker/config.json
    - name: build
      image: gcr.io/kaniko-project/executor:debug
      securityContext: {runAsUser: 0}
      env: [{name: DOCKER_CONFIG, value: /builder/home/.docker}]
      command:
        - sh
        - "-c"
        - "
            /kaniko/executor \\
            --dockerfile=\${inputs.params.pathToDockerFile} \\
            --destination=\${outputs.resources.docker-image.url} \\
            --context=\${inputs.params.pathToContext}  \\
            --oci-layout-path=/builder/home/image-outputs/docker-image \\
            --skip-tls-verify
          "
---
apiVersion: tekton.dev/v1alpha1
kind: TaskRun
metadata: {name: kaniko}
spec:
  serviceAccount: pipeline
  taskRef: {name: build-with-kaniko}
  inputs:
    resources:
      - name: git-source
        resourceRef: {name: app-git}
  outputs:
    resources:
      - name: docker-image
        resourceRef: {name: app-image}
`);
    const { reason, message, log } = await ended('kaniko');
    assert.equal(reason, 'Succeeded', `${message}\n${log}`);
    assert.match(
      log,
      new RegExp(`^git-source: ${server.url}/app\\.git at ${commit} in /workspace/git-source$`, 'm'),
    );
    const [, digest] = /Pushed \S+@(sha256:[0-9a-f]{64})/.exec(log) ?? [];
    const query = [
      'get',
      'taskruns.v1alpha1.tekton.dev',
      'kaniko',
      '-o',
      'jsonpath={.status.resourcesResult}',
    ];
    const results = JSON.parse(await kubectl(...query)) as {
      key: string;
      value: string;
      resourceRef: object;
    }[];
    const said = results.map(({ key, value, resourceRef }) => [key, value, resourceRef]);
    assert.deepEqual(said, [
      ['commit', commit, { name: 'app-git' }],
      ['url', `${server.url}/app.git`, { name: 'app-git' }],
      ['digest', digest, { name: 'app-image' }],
    ]);
  });

  test('without the Secret the clone fails, and says which Secret it wants', async () => {
    await apply(`
apiVersion: tekton.dev/v1alpha1
kind: TaskRun
metadata: {name: private}
spec:
  inputs:
    resources:
      - name: source
        resourceSpec: {type: git, params: [{name: url, value: "${server.url}/app.git"}]}
  taskSpec:
    inputs:
      resources: [{name: source, type: git}]
    steps: [{name: never, image: busybox, command: [echo, never]}]
`);
    const { reason, log } = await ended('private');
    assert.equal(reason, 'StepFailed');
    assert.match(
      log,
      /needs a user and a password: put them into a Secret of type kubernetes\.io\/basic-auth/,
    );
    assert.doesNotMatch(log, /^never/m);
  });

  test('finds HOME at /builder/home in every step, and starts in /workspace', async () => {
    await apply(`
apiVersion: tekton.dev/v1alpha1
kind: TaskRun
metadata: {name: home}
spec:
  taskSpec:
    steps:
      - {image: busybox, command: [sh, -c, 'echo stuff > $HOME/stuff']}
      - {image: busybox, command: [cat, /builder/home/stuff]}
      - {image: busybox, command: [pwd]}
`);
    const { reason, log } = await ended('home');
    assert.equal(reason, 'Succeeded', log);
    assert.match(log, /^stuff\n\/workspace$/m);
  });
});

test('a Pipeline of 2019 hands what one task made of a repository to the next', async () => {
  await apply(`
apiVersion: tekton.dev/v1alpha1
kind: Task
metadata: {name: create-file}
spec:
  inputs:
    resources: [{name: workspace, type: git, targetPath: damnworkspace}]
    params: [{name: text}]
  outputs:
    resources: [{name: workspace, type: git}]
  steps:
    - name: write
      image: busybox
      command: [sh, -c, "cat /workspace/damnworkspace/hello && echo '\${inputs.params.text}' > /workspace/damnworkspace/stuff"]
---
apiVersion: tekton.dev/v1alpha1
kind: Task
metadata: {name: check-file}
spec:
  inputs:
    resources: [{name: workspace, type: git, targetPath: newworkspace}]
  steps:
    - {name: read, image: busybox, command: [cat, /workspace/newworkspace/stuff]}
---
apiVersion: tekton.dev/v1alpha1
kind: Pipeline
metadata: {name: output-pipeline}
spec:
  params: [{name: text, default: some stuff}]
  resources: [{name: source-repo, type: git}]
  tasks:
    - name: first-create-file
      taskRef: {name: create-file}
      params: [{name: text, value: "\${params.text}"}]
      resources:
        inputs: [{name: workspace, resource: source-repo}]
        outputs: [{name: workspace, resource: source-repo}]
    - name: then-check
      taskRef: {name: check-file}
      resources:
        inputs: [{name: workspace, resource: source-repo, from: [first-create-file]}]
---
apiVersion: tekton.dev/v1alpha1
kind: PipelineRun
metadata: {name: output}
spec:
  pipelineRef: {name: output-pipeline}
  serviceAccount: pipeline
  resources:
    - name: source-repo
      resourceRef: {name: app-git}
`);
  const { reason, message, log } = await ended('output', 'pipelineruns');
  assert.equal(reason, 'Succeeded', `${message}\n${log}`);
  assert.match(log, /^some stuff$/m);
});

describe('the credentials of a ServiceAccount', () => {
  test('reach git and ssh in a step of any user and image', async () => {
    const key = folder.join('key');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    writeFileSync(key, privateKey.export({ type: 'pkcs1', format: 'pem' }));
    await kubectl(
      'create',
      'secret',
      'generic',
      'git-key',
      '--type=kubernetes.io/ssh-auth',
      `--from-file=ssh-privatekey=${key}`,
    );
    await kubectl(
      'annotate',
      'secret',
      'git-key',
      'tekton.dev/git-0=git.test:2222',
      'tekton.dev/git-1=git.test/org/repo',
    );
    await kubectl('create', 'serviceaccount', 'git');
    await kubectl(
      'patch',
      'serviceaccount',
      'git',
      '-p',
      '{"secrets":[{"name":"git-user"},{"name":"git-key"}]}',
    );
    const script = `|
          #!/bin/sh
          set -e
          id -u
          git clone -q ${server.url}/app.git /tmp/app && cat /tmp/app/hello
          ssh -G -F $HOME/.ssh/config git.test | grep -E '^(hostname|port|identityfile) '
          ssh-keygen -y -f /tekton/creds/.ssh/id_git-key
          git config --get-urlmatch credential.username ${server.url}
          ls -la $HOME/.git-credentials | cut -c1-10`;
    await apply(`
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: credentials}
spec:
  serviceAccountName: git
  taskSpec:
    steps:
      - name: root
        image: docker.io/slipway/executor
        script: ${script}
      - name: user
        image: docker.io/slipway/executor
        securityContext: {runAsUser: 1234, runAsGroup: 1234}
        env: [{name: HOME, value: /tekton/home}]
        script: |
          #!/bin/sh
          set -e
          id -u
          git clone -q ${server.url}/app.git /tmp/app && cat /tmp/app/hello
          stat -c %a:%u $HOME/.git-credentials $HOME/.ssh $HOME/.ssh/config
`);
    const { reason, log } = await ended('credentials');
    assert.equal(reason, 'Succeeded', log);
    for (const line of [
      'hostname git.test',
      'port 2222',
      'identityfile /tekton/creds/.ssh/id_git-key',
      'me',
      '-rw-------',
      '600:1234',
      '700:1234',
    ]) {
      assert.ok(log.split('\n').includes(line), `"${line}" in\n${log}`);
    }
    assert.match(log, /^ssh-rsa AAAA/m);
    assert.equal(log.split('\n').filter((line) => line === 'hello').length, 2);
  });

  test('a Secret that is missing is an event, and no more', async () => {
    await kubectl('create', 'serviceaccount', 'forgetful');
    await kubectl('patch', 'serviceaccount', 'forgetful', '-p', '{"secrets":[{"name":"gone"}]}');
    await apply(`
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: forgetful}
spec:
  serviceAccountName: forgetful
  taskSpec: {steps: [{name: x, image: busybox, command: ["true"]}]}
`);
    assert.equal((await ended('forgetful')).reason, 'Succeeded');
    const events = await kubectl(
      'get',
      'events',
      '-o',
      'jsonpath={range .items[*]}{.reason}: {.message}{"\\n"}{end}',
    );
    assert.match(events, /FailedToRetrieveSecret: Unable to retrieve some secrets \(gone\)/);
  });
});

test('a socket of the machine that is not there is named', async () => {
  await kubectl('label', 'namespace', NAMESPACE, 'pod-security.kubernetes.io/enforce=privileged');
  const path = folder.join('docker.sock');
  await apply(`
apiVersion: tekton.dev/v1alpha1
kind: TaskRun
metadata: {name: docker}
spec:
  taskSpec:
    steps:
      - name: build
        image: busybox
        command: ["true"]
        volumeMounts: [{name: docker-socket, mountPath: /var/run/docker.sock}]
    volumes:
      - name: docker-socket
        hostPath: {path: ${path}, type: Socket}
`);
  const { reason, message } = await ended('docker');
  assert.notEqual(reason, 'Succeeded');
  assert.ok(message.includes(`${path} does not exist: is the program running that listens on it`), message);
});
