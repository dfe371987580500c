import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ApiServer } from '@slipway/apiserver';
import { isMounted, unmountAll } from '@slipway/containers';
import { silentLogger } from '@slipway/core';
import { type Pod, resources } from '@slipway/kube';
import { eventually, selfSignedCertificate } from '@slipway/testkit';
import { BUSYBOX, busyboxRoot, sh, startRunner } from './pods/machine.ts';

const PROGRAM = join(import.meta.dirname, 'pods/runner-process.ts');

async function startProcess(folder: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', PROGRAM, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout!, 'data');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function startServer(folder: string): Promise<ApiServer> {
  const { cert, key } = await selfSignedCertificate();
  return await ApiServer.start({
    stateDir: join(folder, 'objects'),
    listen: [],
    tls: { cert, key, ca: cert },
    issuerKeyFile: join(folder, 'issuer.key'),
    logger: silentLogger,
  });
}

const names = ['step-one', 'step-two', 'step-three'];
const order = {
  version: 1,
  steps: names.map((container) => ({ container })),
  results: { directory: '/tekton/results', names: ['r'] },
};
const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'survivor',
    namespace: 'default',
    annotations: { 'slipway.dev/steps': JSON.stringify(order) },
  },
  spec: {
    restartPolicy: 'Never',
    volumes: [{ name: 'm', emptyDir: { medium: 'Memory' } }],
    containers: [
      sh(names[0]!, 'echo first | tee /workspace/f', { image: BUSYBOX }),
      sh(
        names[1]!,
        'touch /m/x; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo line $i; sleep 0.1; done; printf v > /tekton/results/r',
        {
          image: BUSYBOX,
          volumeMounts: [{ name: 'm', mountPath: '/m' }],
        },
      ),
      sh(names[2]!, 'cat /workspace/f; ls /m', {
        image: BUSYBOX,
        volumeMounts: [{ name: 'm', mountPath: '/m' }],
      }),
    ],
  },
};

const logOf = async (folder: string, container: string): Promise<string> => {
  const [name] = await readdir(join(folder, 'runner/pods'));
  const text = await readFile(join(folder, 'runner/pods', name!, container, '0.log'), 'utf8');
  return text.replaceAll(/^\S+ std\w+ F /gm, '');
};

test('kill -9 in the middle of a step and a restart: the step goes on, its log is whole, the others run', async () => {
  const folder = await mkdtemp('/tmp/slipway-recovery-');
  try {
    await busyboxRoot(join(folder, 'busybox'));
    const child = await startProcess(folder);
    child.stdin!.write(`${JSON.stringify({ type: resources.pods, object: pod })}\n`);
    await eventually(async () => (await logOf(folder, 'step-two')).includes('line 3'), {
      what: 'the middle of step two',
    });
    await kill(child);

    await using server = await startServer(folder).then((started) =>
      Object.assign(started, { [Symbol.asyncDispose]: () => started.close() }),
    );
    await using runner = await startRunner(folder, server);
    const over = await eventually(
      async () => {
        const found = await server.client.get<Pod>(resources.pods, 'survivor', 'default');
        return found.status?.phase === 'Succeeded' && found;
      },
      { what: 'success' },
    );
    const lines = Array.from({ length: 12 }, (_, i) => `line ${i + 1}\n`).join('');
    assert.deepEqual(
      [await logOf(folder, 'step-two'), await logOf(folder, 'step-three')],
      [lines, 'first\nx\n'],
    );
    assert.equal(await logOf(folder, 'step-one'), 'first\n', 'a step that had ended does not run again');
    const two = over.status?.containerStatuses?.find(({ name }) => name === 'step-two');
    assert.match(two?.state?.terminated?.message ?? '', /{"key":"r","value":"v","type":1}/);

    await server.client.delete(resources.pods, 'survivor', { namespace: 'default' });
    await eventually(async () => (await readdir(join(folder, 'runner/sandboxes'))).length === 0, {
      what: 'all removed',
    });
    assert.deepEqual(await readdir(join(folder, 'runner/monitor/containers')), []);
    void runner;
  } finally {
    await unmountAll(folder);
    await rm(folder, { recursive: true, force: true });
  }
});

test('a runner that is closed with detach leaves its pods to the next one', async () => {
  const folder = await mkdtemp('/tmp/slipway-recovery-');
  const server = await startServer(folder);
  try {
    await busyboxRoot(join(folder, 'busybox'));
    const first = await startRunner(folder, server);
    const containers = [
      sh('main', 'for i in 1 2 3 4 5; do echo $i; sleep 0.1; done; exit 6', { image: BUSYBOX }),
    ];
    const plain = {
      ...pod,
      metadata: { name: 'moves', namespace: 'default' },
      spec: { ...pod.spec, containers },
    };
    await server.client.create<Pod>(resources.pods, plain);
    await eventually(async () => (await logOf(folder, 'main')).includes('2'), { what: 'some output' });
    await first.close({ detach: true });
    await using _ = await startRunner(folder, server);
    const over = await eventually(
      async () => {
        const found = await server.client.get<Pod>(resources.pods, 'moves', 'default');
        return found.status?.phase === 'Failed' && found;
      },
      { what: 'the end' },
    );
    assert.equal(over.status?.containerStatuses?.[0]?.state?.terminated?.exitCode, 6);
    assert.equal(await logOf(folder, 'main'), '1\n2\n3\n4\n5\n');
  } finally {
    await server.close();
    await unmountAll(folder);
    await rm(folder, { recursive: true, force: true });
  }
});

test('a pod that was deleted while nobody ran here leaves nothing', async () => {
  const folder = await mkdtemp('/tmp/slipway-recovery-');
  try {
    await busyboxRoot(join(folder, 'busybox'));
    const child = await startProcess(folder);
    const sleeper = {
      ...pod,
      metadata: { name: 'sleeper', namespace: 'default' },
      spec: { ...pod.spec, containers: [sh('main', 'echo up; sleep 60', { image: BUSYBOX })] },
    };
    child.stdin!.write(`${JSON.stringify({ type: resources.pods, object: sleeper })}\n`);
    await eventually(async () => (await logOf(folder, 'main')).includes('up'), { what: 'up' });
    await kill(child);
    const [uid] = await readdir(join(folder, 'runner/sandboxes'));
    await rm(join(folder, 'objects'), { recursive: true });
    const server = await startServer(folder);
    await using runner = await startRunner(folder, server);
    assert.deepEqual(await readdir(join(folder, 'runner/sandboxes')), []);
    assert.deepEqual(await readdir(join(folder, 'runner/monitor/containers')), []);
    assert.equal(await isMounted(join(folder, 'runner/sandboxes', uid!, 'volumes/m')), false);
    await runner.close();
    await server.close();
  } finally {
    await unmountAll(folder);
    await rm(folder, { recursive: true, force: true });
  }
});
