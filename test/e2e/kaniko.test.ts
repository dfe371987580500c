import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { execute } from '../cli.ts';
import { kubectl as runKubectl, startControlPlane } from '../control-plane.ts';
import { type SeededState, seededState } from '../seeded-state.ts';

const NAMESPACE = `kaniko-users-${process.pid}`;
const REGISTRY = 'docker-registry.default.svc.cluster.local:5000';

/** A step as Tasks for kaniko have it: no privilege, a shell, and credentials from a ConfigMap. */
function taskRun(name: string, dockerfile: string, command: string): object {
  return {
    apiVersion: 'tekton.dev/v1',
    kind: 'TaskRun',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      taskSpec: {
        steps: [
          {
            name: 'source',
            image: 'busybox',
            script: `cat > /workspace/Dockerfile <<'END'\n${dockerfile}END\n`,
          },
          {
            name: 'build',
            image: 'gcr.io/kaniko-project/executor:debug',

            securityContext: { runAsUser: 0 },
            command: ['sh', '-c', command],
            volumeMounts: [{ name: 'docker-config', mountPath: '/kaniko/.docker' }],
          },
        ],
        volumes: [{ name: 'docker-config', configMap: { name: 'docker-config' } }],
      },
    },
  };
}

describe('a Task for kaniko on the embedded control plane', () => {
  let state: SeededState;
  let folder: string;
  let registry: string;
  let kubectl: (args: readonly string[], input?: object) => Promise<string>;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-kaniko-'));
    state = await seededState('busybox', 'kaniko');
    const plane = await startControlPlane(state);
    registry = plane.registry;
    kubectl = (args, input) => runKubectl(plane, folder, args, input && JSON.stringify(input));
    await kubectl(['create', 'namespace', NAMESPACE]);
    await kubectl(['create', 'serviceaccount', 'pusher', '-n', NAMESPACE]);
    const role = ['--clusterrole=system:image-builder', `--serviceaccount=${NAMESPACE}:pusher`];
    await kubectl(['create', 'rolebinding', 'pusher', '-n', NAMESPACE, ...role]);
    const token = await kubectl(['create', 'token', 'pusher', '-n', NAMESPACE]);
    const auth = Buffer.from(`anyone:${token}`).toString('base64');
    const config = JSON.stringify({ auths: { [REGISTRY]: { auth } } });
    const configMap = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'docker-config', namespace: NAMESPACE },
    };
    await kubectl(['create', '-f', '-'], { ...configMap, data: { 'config.json': config } });
  });

  after(async () => {
    await state?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs a TaskRun to its end; its condition's reason and the log of its steps. */
  async function run(
    name: string,
    dockerfile: string,
    command: string,
  ): Promise<{ reason: string; log: string }> {
    await kubectl(['create', '-f', '-'], taskRun(name, dockerfile, command));
    const one = ['taskrun', name, '-n', NAMESPACE];
    await kubectl(['wait', '--for=jsonpath={.status.completionTime}', '--timeout=120s', ...one]);
    const reason = await kubectl(['get', ...one, '-o', 'jsonpath={.status.conditions[0].reason}']);
    const log = await kubectl(['logs', `${name}-pod`, '-n', NAMESPACE, '--all-containers', '--tail=-1']);
    return { reason, log };
  }

  test('the classic command line builds and pushes with the credentials of the ConfigMap, which RUN cannot see', async () => {
    const { reason, log } = await run(
      'classic',
      'FROM busybox\nRUN ls /kaniko 2>&1; echo built > /built\nCMD ["cat", "/built"]\n',
      ` \n/kaniko/executor \\\n--dockerfile=/workspace/Dockerfile \\\n--destination=${REGISTRY}/${NAMESPACE}/app:1 \\\n--context=/workspace  \\\n--skip-tls-verify \n`,
    );
    assert.equal(reason, 'Succeeded', log);
    assert.match(log, /INFO.*\[000\d\] .*RUN ls \/kaniko/);
    assert.match(log, /ls: \/kaniko: No such file or directory/);
    assert.match(log, /isolation: user namespace with overlay/);
    assert.match(log, new RegExp(`Pushed ${REGISTRY}/${NAMESPACE}/app@sha256:[0-9a-f]{64}`));
    const token = await kubectl(['create', 'token', 'pusher', '-n', NAMESPACE]);
    const image = `docker://${registry}/${NAMESPACE}/app:1`;
    const inspect = await execute('skopeo', [
      'inspect',
      '--config',
      '--tls-verify=false',
      `--creds=x:${token}`,
      image,
    ]);
    assert.equal(inspect.code, 0, inspect.stderr);
    assert.deepEqual(JSON.parse(inspect.stdout).config.Cmd, ['cat', '/built']);
  });

  test('a repository that the credentials do not allow is found out before the build', async () => {
    const command = `/kaniko/executor --context=/workspace --destination=${REGISTRY}/default/app:1 --skip-tls-verify`;
    const { reason, log } = await run('refused', 'FROM busybox\nRUN echo never\n', command);
    assert.equal(reason, 'StepFailed', log);
    assert.match(log, /error checking push permissions .*kaniko-users-\d+:pusher may not push/);
    assert.doesNotMatch(log, /^never/m);
  });

  test('the exit code of a RUN is the step’s', async () => {
    const command =
      'executor --context=/workspace --no-push; code=$?; echo "code $code"; which sh; exit $code';
    const { reason, log } = await run('failing', 'FROM busybox\nRUN exit 9\n', command);
    assert.equal(reason, 'StepFailed', log);
    assert.match(log, /^code 9$/m);
  });
});
