// The examples of Pipelines, with real pods.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type KubeObject, type PipelineRun, parseManifests, resources } from '@slipway/kube';
import { eventually } from '@slipway/testkit';
import { conditionOf, resultsOf, skips } from './tekton/pipelines.ts';
import { type RunningCluster, startCluster } from './tekton/running-cluster.ts';

let cluster: RunningCluster;
before(async () => {
  cluster = await startCluster();
});
after(() => cluster?.[Symbol.asyncDispose]());

const example = (name: string): KubeObject[] => {
  const file = join(import.meta.dirname, '../../examples', name);
  return parseManifests(readFileSync(file, 'utf8'), file).map(({ object }) => object);
};

/** Applies everything but the run, then makes it, and waits for its end. */
async function run(objects: readonly KubeObject[]): Promise<PipelineRun> {
  const others = objects.filter(({ kind }) => kind !== 'PipelineRun');
  await cluster.create(...others);
  const asked = objects.find(({ kind }) => kind === 'PipelineRun') as PipelineRun;
  const metadata = { ...asked.metadata, namespace: 'default' };
  const made = await cluster.client.create<PipelineRun>(resources.pipelineruns, { ...asked, metadata });
  const look = async (): Promise<PipelineRun | false> => {
    const now = await cluster.client.get<PipelineRun>(resources.pipelineruns, made.metadata.name, 'default');
    return now.status?.completionTime !== undefined && now;
  };
  return eventually(look, { what: `the end of ${made.metadata.name}`, deadlineMs: 60_000, everyMs: 20 });
}

test('results of parallel tasks meet in a third', async () => {
  const pipelineRun: PipelineRun = {
    apiVersion: 'tekton.dev/v1',
    kind: 'PipelineRun',
    metadata: { name: '', generateName: 'hello-' },
    spec: { pipelineRef: { name: 'pipeline-hello' }, params: [{ name: 'name', value: 'you' }] },
  };
  const done = await run([...example('pipeline-hello.yaml'), pipelineRun]);
  assert.equal(conditionOf(done)?.reason, 'Succeeded', conditionOf(done)?.message);
  assert.deepEqual(resultsOf(done), { greeting: 'Hello, YOU!' });
});

test('tasks share a claim and see a ConfigMap', async () => {
  const done = await run(example('pipeline-workspaces.yaml'));
  assert.equal(conditionOf(done)?.reason, 'Succeeded', conditionOf(done)?.message);
  assert.deepEqual(resultsOf(done), { ingredients: '2' });
});

test('retries, ignored failures, conditions and finally', async () => {
  const done = await run(example('pipeline-finally.yaml'));
  assert.equal(conditionOf(done)?.reason, 'Completed', conditionOf(done)?.message);
  assert.deepEqual(resultsOf(done), { report: 'flaky Succeeded, lint Failed, release None' });
  assert.deepEqual(skips(done), { release: 'When Expressions evaluated to false' });
});

test('a matrix runs each combination, and its results are a list', async () => {
  const done = await run(example('pipeline-matrix.yaml'));
  assert.equal(conditionOf(done)?.reason, 'Succeeded', conditionOf(done)?.message);
  assert.deepEqual(resultsOf(done), { count: '5' });
});
