// Probes of real containers: what is ready and when, what is ended, and what steps wait for.
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { type ContainerStatus, type Event, type Pod, resources } from '@slipway/kube';
import { eventually } from '@slipway/testkit';
import { type Machine, sh, startMachine, startRunner } from './pods/machine.ts';

let machine: Machine;

before(async () => {
  machine = await startMachine();
});

after(async () => await machine[Symbol.asyncDispose]());

const statusOf = (pod: Pod, name: string): ContainerStatus | undefined =>
  pod.status?.containerStatuses?.find((each) => each.name === name);

const isReady = (pod: Pod): boolean =>
  pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;

const shell = (script: string): { command: string[] } => ({ command: ['sh', '-c', script] });

/** The messages of these events of a pod; there is at least one, which may be written a moment later. */
function eventsOf(pod: string, reason: string): Promise<string[]> {
  const look = async (): Promise<string[] | false> => {
    const found = await messagesOf(pod, reason);
    return found.length > 0 && found;
  };
  return eventually(look, { what: `${reason} of ${pod}`, everyMs: 5 });
}

async function messagesOf(pod: string, reason: string): Promise<string[]> {
  const { items } = await machine.server.client.list<Event>(resources.events, { namespace: 'default' });
  return items
    .filter((event) => event.involvedObject.name === pod && event.reason === reason)
    .map(({ message = '' }) => message);
}

async function remove(name: string): Promise<void> {
  await machine.server.client.delete(resources.pods, name, { namespace: 'default', gracePeriodSeconds: 0 });
  await eventually(async () => !(await machine.get(name).catch(() => undefined)), { what: `${name} gone` });
}

test('a container is ready while its command succeeds', async () => {
  const readinessProbe = {
    exec: shell('id -u; test "$WHO" = me && test -e ready'),
    periodSeconds: 1,
    failureThreshold: 1,
  };
  const work = 'sleep 1; touch ready; sleep 2; busybox rm ready; sleep 60';
  const env = [{ name: 'WHO', value: 'me' }];
  const main = sh('main', work, { readinessProbe, env, workingDir: '/tmp' });
  await machine.pod('ready', { containers: [main] });
  const running = await machine.until('ready', 'runs', (pod) => !!statusOf(pod, 'main')?.state?.running);
  assert.deepEqual([statusOf(running, 'main')?.ready, isReady(running)], [false, false]);
  const ready = await machine.until('ready', 'is ready', isReady);
  assert.deepEqual([statusOf(ready, 'main')?.ready, statusOf(ready, 'main')?.started], [true, true]);
  await machine.until('ready', 'is not ready any more', (pod) => !isReady(pod));
  assert.deepEqual(await eventsOf('ready', 'Unhealthy'), ['Readiness probe failed: 0']);
  await remove('ready');
});

async function serve(answer: () => number): Promise<{ port: number; server: Server }> {
  const server = createServer((_, response) => void response.writeHead(answer()).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, server };
}

test('a container is ready when its page and its port answer', async () => {
  let status = 503;
  const { port, server } = await serve(() => status);
  const web = { httpGet: { host: '127.0.0.1', port, path: '/ready' }, periodSeconds: 1 };
  const socket = { tcpSocket: { host: '127.0.0.1', port }, periodSeconds: 1 };
  await machine.pod('web', {
    containers: [
      sh('http', 'sleep 60', { readinessProbe: web }),
      sh('tcp', 'sleep 60', { readinessProbe: socket }),
    ],
  });
  const half = await machine.until('web', 'one is ready', (pod) => statusOf(pod, 'tcp')?.ready === true);
  assert.equal(isReady(half), false);
  status = 200;
  await machine.until('web', 'both are ready', isReady);
  server.close();
  server.closeAllConnections();
  await remove('web');
});

test('a command that takes too long is killed, and says so', async () => {
  const readinessProbe = { exec: shell('sleep 30; true'), timeoutSeconds: 1 };
  await machine.pod('slow', { containers: [sh('main', 'sleep 60', { readinessProbe })] });
  assert.deepEqual(await eventsOf('slow', 'Unhealthy'), ['Readiness probe failed: timed out after 1s']);
  await remove('slow');
});

test('the other probes wait for the startupProbe; one that never succeeds ends the container', async () => {
  const startupProbe = {
    exec: shell('test -e /tmp/up'),
    periodSeconds: 1,
    failureThreshold: 2,
  };
  const readinessProbe = { exec: { command: ['true'] }, periodSeconds: 1 };
  const probes = { startupProbe: { ...startupProbe, failureThreshold: 30 }, readinessProbe };
  await machine.pod('starts', { containers: [sh('main', 'sleep 1; touch /tmp/up; sleep 60', probes)] });
  const pod = await machine.until('starts', 'runs', (each) => !!statusOf(each, 'main')?.state?.running);
  assert.deepEqual([statusOf(pod, 'main')?.started, statusOf(pod, 'main')?.ready], [false, false]);
  const up = await machine.until('starts', 'is up', (each) => statusOf(each, 'main')?.ready === true);
  assert.equal(statusOf(up, 'main')?.started, true);
  await remove('starts');
  await machine.pod('stuck', {
    containers: [sh('main', 'sleep 60', { startupProbe })],
    terminationGracePeriodSeconds: 0,
  });
  const over = await machine.over('stuck');
  assert.equal(statusOf(over, 'main')?.state?.terminated?.exitCode, 137);
  assert.match((await eventsOf('stuck', 'Killing')).join(), /main failed startup probe/);
});

test('a container whose livenessProbe fails is started again', async () => {
  const livenessProbe = {
    exec: shell('test ! -e /data/dead'),
    periodSeconds: 1,
    failureThreshold: 1,
  };
  const script = 'if test -e /data/dead; then busybox rm /data/dead; else touch /data/dead; fi; sleep 60';
  await machine.pod('alive', {
    restartPolicy: 'OnFailure',
    terminationGracePeriodSeconds: 0,
    volumes: [{ name: 'data', emptyDir: {} }],
    containers: [sh('main', script, { livenessProbe, volumeMounts: [{ name: 'data', mountPath: '/data' }] })],
  });
  const backOff = await machine.until(
    'alive',
    'is to be started again',
    (pod) => statusOf(pod, 'main')?.state?.waiting?.reason === 'CrashLoopBackOff',
  );
  assert.equal(statusOf(backOff, 'main')?.restartCount, 1);
  assert.deepEqual(await eventsOf('alive', 'Unhealthy'), [
    'Liveness probe failed: command ended with code 1',
  ]);
  await remove('alive');
});

const STEPS = JSON.stringify({
  version: 1,
  steps: [{ container: 'step-look', onError: 'stopAndFail', results: [] }],
  results: { directory: '/tekton/results' },
});
const shared = { volumeMounts: [{ name: 'shared', mountPath: '/shared' }] };
const readinessProbe = { exec: shell('test -e /shared/ready'), periodSeconds: 1 };
const sidecarPod = (sidecar: string, look: string): Partial<Pod['spec']> => ({
  terminationGracePeriodSeconds: 0,
  volumes: [{ name: 'shared', emptyDir: {} }],
  containers: [sh('step-look', look, shared), sh('sidecar-slow', sidecar, { ...shared, readinessProbe })],
});

test('steps wait until the readinessProbe of a sidecar succeeds', async () => {
  const spec = sidecarPod('sleep 2; touch /shared/ready; sleep 60', 'cat /shared/ready');
  await machine.pod('sidecar', spec, { 'slipway.dev/steps': STEPS });
  const waits = (pod: Pod): boolean => statusOf(pod, 'step-look')?.state?.running !== undefined;
  const waiting = await machine.until('sidecar', 'waits, as Tekton’s steps do', waits);
  assert.equal(statusOf(waiting, 'sidecar-slow')?.ready, false);
  const pod = await machine.over('sidecar');
  assert.equal(pod.status?.phase, 'Succeeded', JSON.stringify(pod.status?.containerStatuses));
});

test('steps do not wait for a sidecar that has ended', async () => {
  await machine.pod('ended', sidecarPod('exit 0', 'echo ran'), { 'slipway.dev/steps': STEPS });
  await machine.over('ended');
  assert.equal(await machine.logs('ended', 'step-look'), 'ran\n');
});

test('a runner that comes back goes on probing, and does not hold up a step that runs', async () => {
  const spec = sidecarPod(
    'touch /shared/ready; sleep 60',
    'touch /shared/begun; busybox rm /shared/ready; sleep 3',
  );
  await machine.pod('back', spec, { 'slipway.dev/steps': STEPS });
  const begun = (pod: Pod): boolean => statusOf(pod, 'sidecar-slow')?.ready === true;
  await machine.until('back', 'has begun', begun);
  await eventually(async () => (await eventsOf('back', 'Started')).length === 2, { what: 'the step' });
  await machine.runner.close({ detach: true });
  machine.runner = await startRunner(machine.folder, machine.server);
  const pod = await machine.over('back');
  assert.equal(pod.status?.phase, 'Succeeded');
});
