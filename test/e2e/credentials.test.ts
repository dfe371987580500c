// What a ServiceAccount's Secrets and a machine's files are to the steps of a TaskRun.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { TeamNamespace } from '../team-namespace.ts';

let team: TeamNamespace;
before(async () => {
  team = await TeamNamespace.start('credentials');
});
after(() => team?.[Symbol.asyncDispose]());

describe('the credentials of a ServiceAccount', () => {
  test('reach git and ssh in a step of any user and image', async () => {
    const key = team.folder.join('key');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    writeFileSync(key, privateKey.export({ type: 'pkcs1', format: 'pem' }));
    await team.kubectl(
      'create',
      'secret',
      'generic',
      'git-key',
      '--type=kubernetes.io/ssh-auth',
      `--from-file=ssh-privatekey=${key}`,
    );
    await team.kubectl(
      'annotate',
      'secret',
      'git-key',
      'tekton.dev/git-0=git.test:2222',
      'tekton.dev/git-1=git.test/org/repo',
    );
    await team.kubectl('create', 'serviceaccount', 'git');
    await team.kubectl(
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
          git clone -q ${team.gitUrl}/app.git /tmp/app && cat /tmp/app/hello
          ssh -G -F $HOME/.ssh/config git.test | grep -E '^(hostname|port|identityfile) '
          ssh-keygen -y -f /tekton/creds/.ssh/id_git-key
          git config --get-urlmatch credential.username ${team.gitUrl}
          ls -la $HOME/.git-credentials | cut -c1-10`;
    await team.apply(`
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
          git clone -q ${team.gitUrl}/app.git /tmp/app && cat /tmp/app/hello
          stat -c %a:%u $HOME/.git-credentials $HOME/.ssh $HOME/.ssh/config
`);
    const { reason, log } = await team.ended('credentials');
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
    await team.kubectl('create', 'serviceaccount', 'forgetful');
    await team.kubectl('patch', 'serviceaccount', 'forgetful', '-p', '{"secrets":[{"name":"gone"}]}');
    await team.apply(`
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: forgetful}
spec:
  serviceAccountName: forgetful
  taskSpec: {steps: [{name: x, image: busybox, command: ["true"]}]}
`);
    assert.equal((await team.ended('forgetful')).reason, 'Succeeded');
    const events = await team.kubectl(
      'get',
      'events',
      '-o',
      'jsonpath={range .items[*]}{.reason}: {.message}{"\\n"}{end}',
    );
    assert.match(events, /FailedToRetrieveSecret: Unable to retrieve some secrets \(gone\)/);
  });
});

test('a socket of the machine that is not there is named', async () => {
  await team.kubectl('label', 'namespace', team.name, 'pod-security.kubernetes.io/enforce=privileged');
  const path = team.folder.join('docker.sock');
  await team.apply(`
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
  const { reason, message } = await team.ended('docker');
  assert.notEqual(reason, 'Succeeded');
  assert.ok(message.includes(`${path} does not exist: is the program running that listens on it`), message);
});
