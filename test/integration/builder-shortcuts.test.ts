import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { storePaths } from '@slipway/builder';
import { ContentStore } from '@slipway/oci';
import { Workbench } from './builder/workbench.ts';

let bench: Workbench;

before(async () => {
  bench = await Workbench.open();
  await bench.pushBusybox();
});

after(async () => {
  await bench[Symbol.asyncDispose]();
});

const BASE = 'docker.io/library/busybox:1';
/** A worker that cannot work: whoever starts one fails. */
const NO_WORKER = { worker: ['/bin/false'] };

test('an unchanged image needs no process of its own, and is the same image', async () => {
  const context = bench.context({
    Dockerfile: `FROM ${BASE}\nENV A=1\nCOPY a /a\nRUN cat /a > /b\nLABEL x=y\n`,
    a: 'one',
  });
  const destinations = [`${bench.registry}/app/unchanged:1`];
  const first = await bench.build(context, { destinations });
  const second = await bench.build(context, { destinations, ...NO_WORKER });
  assert.equal(second.result.manifest.digest, first.result.manifest.digest);
  assert.equal(second.result.pushed[0]?.uploadedBytes, 0);
  assert.deepEqual(
    second.events.filter((event) => event.type === 'end').map((event) => event.status),
    ['done', 'cached', 'cached', 'done'],
  );
  const times = (await bench.config(second.result)).history?.map((line) => line.created);
  assert.ok(times?.every((time) => time !== undefined && time <= new Date().toISOString()));
});

test('where a step has changed, nobody hears of the attempt to do without a worker', async () => {
  const context = bench.context({ Dockerfile: `FROM ${BASE}\nCOPY a /a\nRUN cat /a > /b\n`, a: 'one' });
  await bench.build(context);
  writeFileSync(join(context, 'a'), 'two');
  await assert.rejects(bench.build(context, NO_WORKER), { code: 'BUILD_WORKER_FAILED' });
  const { events, result } = await bench.build(context);
  const starts = events.filter((event) => event.type === 'start').map((event) => event.title);
  assert.equal(new Set(starts).size, starts.length);
  assert.equal(result.steps.at(-1)?.status, 'done');
});

test('layers of a base are fetched when a step needs them, and only then', async () => {
  const stateDir = bench.folder.join('lazy');
  const store = storePaths(stateDir);
  const lines = [
    `FROM ${BASE} AS build`,
    'COPY a /a',
    'RUN cat /a > /b',
    'FROM scratch',
    'COPY --from=build /b /b',
    '',
  ];
  const context = bench.context({ Dockerfile: lines.join('\n'), a: 'one' });
  const first = await bench.build(context, { store });
  const content = await ContentStore.open(store.contentDir);
  const own = new Set(first.result.layers.map((layer) => layer.descriptor.digest));
  const { result: base } = await bench.build(bench.context({ Dockerfile: `FROM ${BASE}\n` }), { store });
  const layers = base.layers.map((layer) => layer.descriptor.digest).filter((digest) => !own.has(digest));
  assert.ok(layers.length > 0);
  for (const digest of layers) await content.delete(digest);
  rmSync(store.layersDir, { recursive: true });

  const again = await bench.build(context, { store, ...NO_WORKER });
  assert.equal(again.result.manifest.digest, first.result.manifest.digest);
  for (const digest of layers) assert.equal(await content.stat(digest), undefined);

  writeFileSync(join(context, 'a'), 'two');
  await bench.build(context, { store });
  for (const digest of layers) assert.ok(await content.stat(digest));
});

test('layers of the base are mounted from its repository, not sent again', async () => {
  const context = bench.context({ Dockerfile: `FROM ${BASE}\nCOPY a /a\n`, a: 'mounted' });
  const { result } = await bench.build(context, { destinations: [`${bench.registry}/elsewhere/app:1`] });
  const [pushed] = result.pushed;
  const fromBase = result.layers.slice(0, -1).reduce((sum, layer) => sum + layer.descriptor.size, 0);
  assert.ok(fromBase > 100_000);
  assert.ok(pushed!.skippedBytes >= fromBase, `${pushed?.skippedBytes} of ${fromBase}`);
  assert.ok(pushed!.uploadedBytes < 20_000, `${pushed?.uploadedBytes} bytes`);
});
