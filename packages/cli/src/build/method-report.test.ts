import assert from 'node:assert/strict';
import { test } from 'node:test';
import { methods } from '@slipway/catalog';
import { SlipwayError } from '@slipway/core';
import { METHODS } from '../commands/build.ts';
import { buildWithAll } from './build-all.ts';
import type { BuiltImage } from './built-image.ts';
import { formatReports } from './method-report.ts';

const { signal } = new AbortController();
const say = (): void => {};

function image(method: string, reference: string): BuiltImage {
  const digest = `sha256:${'0'.repeat(64)}`;
  const peakMemoryBytes = 120_000_000;
  const facts = { inCluster: '', digest, size: 3_200_000, layers: 2, taskRun: 'demo/run' };
  return { reference, ...facts, method, durationMs: 4200, ...(method === 'native' && { peakMemoryBytes }) };
}

async function build({ method, to }: { method: string; to: string }): Promise<BuiltImage> {
  if (method === 'docker') {
    const message = 'TaskRun demo/x failed: PodCreationFailed: pods "x-pod" is forbidden: hostPath volumes';
    throw new SlipwayError('failed', 'TASKRUN_FAILED', message);
  }
  if (method === 'buildah')
    throw new SlipwayError('failed', 'TASKRUN_FAILED', 'StepFailed', { hint: 'look' });
  return image(method, to);
}

test('the command line offers the methods of the catalog, and all', () => {
  assert.deepEqual(METHODS, [...methods.keys(), 'all']);
});

test('each method pushes under its own tag; one that fails leaves the others alone', async () => {
  const reports = await buildWithAll([...methods.keys()], { to: 'demo/app:1', build, signal, say });
  assert.deepEqual(
    reports.map(({ method, result, image: built }) => [method, result, built?.reference]),
    [
      ['native', 'succeeded', 'demo/app:1-native'],
      ['kaniko', 'succeeded', 'demo/app:1-kaniko'],
      ['buildah', 'failed', undefined],
      ['docker', 'refused', undefined],
    ],
  );
  const [untagged] = await buildWithAll(['native'], { to: 'r.test:5000/app', build, signal, say });
  assert.equal(untagged?.image?.reference, 'r.test:5000/app:native');
});

test('the table has a row a method, and the reasons under it', async () => {
  const reports = await buildWithAll(['native', 'docker', 'buildah'], { to: 'demo/app', build, signal, say });
  const timed = reports.map((report) => ({ ...report, durationMs: 4200 }));
  assert.equal(
    formatReports(timed),
    `
method   result     time   peak memory    privileges                     level       SCC               size     digest
native   succeeded  4.2 s  120 MB         root                           baseline    anyuid            3.20 MB  sha256:${'0'.repeat(64)}
docker   refused    –      in the daemon  hostPath: the daemon’s socket  privileged  hostmount-anyuid  –        –
buildah  failed     4.2 s  –              root + SETFCAP                 baseline    privileged        –        –

docker: TaskRun demo/x failed: PodCreationFailed: pods "x-pod" is forbidden: hostPath volumes

buildah: StepFailed
hint: look`,
  );
});

test('a cancelled build ends all of them', async () => {
  const abort = new AbortController();
  const cancelled = buildWithAll(['native', 'kaniko'], {
    to: 'demo/app',
    build: async () => {
      abort.abort(new Error('cancelled'));
      throw new Error('the connection broke');
    },
    signal: abort.signal,
    say,
  });
  await assert.rejects(cancelled, { message: 'cancelled' });
});
