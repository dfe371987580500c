import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ProgressEvent, storePaths } from '@slipway/builder';
import { ContentStore, parseReference, RegistryClient } from '@slipway/oci';
import { type Asked, ObservedRegistry } from './builder/observed-registry.ts';
import { Workbench } from './builder/workbench.ts';

let bench: Workbench;
let registry: ObservedRegistry;
let count = 0;

before(async () => {
  bench = await Workbench.open();
  await bench.pushBusybox();
  registry = await ObservedRegistry.before(bench.registry);
});

afterEach(() => {
  registry.fault = () => false;
  registry.asked.length = 0;
});

after(async () => {
  await registry[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
});

const base = (): string => `${registry.host}/library/busybox:1`;
/** Content that no other test has. */
function fresh(): string {
  count += 1;
  return `content ${count} ${Math.random()}\n`;
}
const isUpload = ({ path }: Asked): boolean => path.includes('/blobs/uploads/');
const manifestOf = async (reference: string): Promise<string | undefined> => {
  const client = new RegistryClient();
  try {
    return (await client.headManifest(parseReference(reference)))?.digest;
  } finally {
    client.close();
  }
};

test('layers are sent while the next steps run; at the end only the rest is', async () => {
  const context = bench.context({ Dockerfile: `FROM ${base()}\nCOPY a /a\nRUN sleep 2\n`, a: fresh() });
  const reference = `${registry.host}/ahead/app:1`;
  let ended = 0;
  const progress = {
    emit: (event: ProgressEvent) => {
      if (event.type === 'end' && event.durationMs >= 2000) ended = performance.now();
    },
  };
  const { result } = await bench.build(context, { destinations: [reference], progress });
  const uploads = registry.asked.filter(isUpload);
  const [early, late] = [true, false].map((isEarly) =>
    uploads.filter(({ at }) => at < ended - 500 === isEarly),
  );
  assert.equal(late!.length, 1, 'the configuration');
  // The layers of the base are mounted, the small one is sent at once.
  assert.equal(early!.filter(({ query }) => query.has('mount')).length, result.layers.length - 1);
  assert.equal(early!.length, result.layers.length);
  assert.equal(await manifestOf(reference), result.manifest.digest);
  const [pushed] = result.pushed;
  const fromBase = result.layers.slice(0, -1).reduce((sum, { descriptor }) => sum + descriptor.size, 0);
  assert.equal(pushed?.skippedBytes, fromBase);
  assert.equal(pushed.uploadedBytes + pushed.skippedBytes, result.size);
});

test('the requests of a first, an unchanged and a changed build', async () => {
  const context = bench.context({ Dockerfile: `FROM ${base()}\nCOPY a /a\n`, a: fresh() });
  const destinations = [`${registry.host}/count/app:1`];
  const build = async (): Promise<string[]> => {
    await bench.build(context, { destinations });
    return registry.take().sort();
  };
  const layers = (await bench.build(context, { destinations })).result.layers.length - 1;
  registry.take();
  writeFileSync(join(context, 'a'), fresh());
  // One process finds the change and makes the layer: it greets the registry, asks for the base's tag, mounts the layers of the
  // base, and sends the new layer, the configuration, the name.
  const changed = ['GET /v2/', 'GET manifests 1', ...Array(layers).fill('POST uploads?mount')];
  assert.deepEqual(
    await build(),
    [...changed, 'POST uploads?digest', 'POST uploads?digest', 'PUT manifests 1'].sort(),
  );
  assert.deepEqual(await build(), ['GET /v2/', 'GET manifests 1', 'HEAD manifests 1']);
  registry.fault = ({ method, path }, _, response) => {
    if (method !== 'HEAD' || !path.includes('/manifests/')) return false;
    response.writeHead(403).end();
    return true;
  };
  // Who may not ask pushes all the same.
  assert.equal((await build()).at(-1), 'PUT manifests 1');
});

test('another tag of the repository costs one request; another repository mounts', async () => {
  const context = bench.context({
    Dockerfile: `FROM scratch\nCOPY a /a\n`,
    a: Array.from({ length: 4000 }, fresh).join(''),
  });
  const names = ['one/app:1', 'one/app:latest', 'two/app:1'].map((name) => `${registry.host}/${name}`);
  const { result } = await bench.build(context, { destinations: names });
  for (const name of names) assert.equal(await manifestOf(name), result.manifest.digest);
  const of = (text: string): Asked[] => registry.asked.filter(({ path }) => path.includes(text));
  assert.equal(of('/one/app/manifests/latest').filter(({ method }) => method === 'PUT').length, 1);
  const to = of('/two/app/blobs/uploads/');
  assert.deepEqual(
    to.filter(({ query }) => query.has('mount')).map(({ query }) => query.get('from')),
    ['one/app'],
  );
  assert.equal(of('/one/app/blobs/uploads/').filter(({ method }) => method === 'PUT').length, 1);
});

test('a build that fails names nothing, and says why it failed', async () => {
  const context = bench.context({
    Dockerfile: `FROM ${base()}\nCOPY a /a\nRUN sleep 1; echo the output; exit 7\n`,
    a: fresh(),
  });
  const reference = `${registry.host}/failed/app:1`;
  await assert.rejects(bench.build(context, { destinations: [reference] }), {
    code: 'BUILD_RUN_FAILED',
    message: /the output/,
  });
  assert.ok(registry.asked.some(isUpload));
  assert.equal(await manifestOf(reference), undefined);
  const asked = registry.asked.length;
  await sleep(300);
  assert.equal(registry.asked.length, asked, 'nothing is sent behind the end of the build');
});

test('a push that is refused early warns once and does not end the build; its end is the refusal', async () => {
  registry.fault = (asked, request, response) => {
    if (!isUpload(asked)) return false;
    request.resume();
    response.writeHead(403).end('{"errors":[{"code":"DENIED","message":"quota of nothing"}]}');
    return true;
  };
  const lines: string[] = ['RUN sleep 1; echo the output'];
  const make = (more: string): string =>
    bench.context({ Dockerfile: `FROM ${base()}\nCOPY a /a\n${more}\n`, a: fresh() });
  const events: ProgressEvent[] = [];
  const options = {
    destinations: [`${registry.host}/denied/app:1`],
    progress: { emit: (event: ProgressEvent) => void events.push(event) },
  };
  await assert.rejects(bench.build(make(lines.join('\n')), options), {
    code: 'REGISTRY_DENIED',
    message: /quota of nothing/,
  });
  assert.ok(events.some((event) => event.type === 'output' && event.line === 'the output'));
  const warnings = events.filter((event) => event.type === 'warning');
  assert.equal(warnings.length, 1);
  assert.match(String(warnings[0]?.text), /denied\/app yet, which is tried again at the end: .*quota/);
  await assert.rejects(bench.build(make('RUN exit 3'), options), { code: 'BUILD_RUN_FAILED' });
});

test('what could not be sent early is sent at the end, as often as is asked for', async () => {
  let refused = 0;
  registry.fault = (asked, request, response) => {
    if (!isUpload(asked) || refused === 3) return false;
    refused += 1;
    request.resume();
    response.writeHead(413).end();
    return true;
  };
  const context = bench.context({ Dockerfile: 'FROM scratch\nCOPY a /a\n', a: fresh() });
  const reference = `${registry.host}/again/app:1`;
  const { result } = await bench.build(context, {
    destinations: [reference],
    registries: { pushRetries: 2 },
  });
  assert.equal(refused, 3);
  assert.equal(await manifestOf(reference), result.manifest.digest);
});

test('without a destination nothing is asked but the base; an output has all layers of it', async () => {
  const context = bench.context({ Dockerfile: `FROM ${base()}\nCOPY a /a\n`, a: fresh() });
  const dest = bench.folder.join('image');
  const outputs = [{ type: 'oci-layout' as const, dest }];
  const store = storePaths(bench.folder.join('elsewhere'));
  const { result } = await bench.build(context, { outputs, store });
  assert.deepEqual(
    registry.asked.filter(({ method }) => method !== 'GET'),
    [],
  );
  const layout = await ContentStore.open(dest);
  for (const { descriptor } of result.layers) assert.ok(await layout.stat(descriptor.digest));
  const both = { outputs: [{ ...outputs[0]!, dest: `${dest}-2` }], store };
  await bench.build(context, { ...both, destinations: [`${registry.host}/out/app:1`] });
  const second = await ContentStore.open(`${dest}-2`);
  for (const { descriptor } of result.layers) assert.ok(await second.stat(descriptor.digest));
});

test('layers of a base that the registry mounts are not fetched', async () => {
  const context = bench.context({ Dockerfile: `FROM ${base()}\nLABEL a=${count}\n` });
  const store = storePaths(bench.folder.join('lazy-push'));
  const reference = `${registry.host}/unfetched/app:1`;
  const { result } = await bench.build(context, { destinations: [reference], store });
  const content = await ContentStore.open(store.contentDir);
  for (const { descriptor } of result.layers) assert.equal(await content.stat(descriptor.digest), undefined);
  assert.equal(await manifestOf(reference), result.manifest.digest);
  registry.fault = ({ query }, request, response) => {
    if (!query.has('mount')) return false;
    request.resume();
    response.writeHead(403).end();
    return true;
  };
  const other = `${bench.registry.replace('127.0.0.1', 'localhost')}/sent/app:1`;
  await bench.build(context, { destinations: [`${registry.host}/sent/app:1`], store });
  for (const { descriptor } of result.layers) assert.ok(await content.stat(descriptor.digest));
  assert.equal(await manifestOf(other), result.manifest.digest);
});

test('an abort in the middle of an upload ends the build soon, and nothing is named', async () => {
  const context = bench.context({ Dockerfile: 'FROM scratch\nCOPY a /a\n', a: fresh() });
  const abort = new AbortController();
  registry.fault = (asked) => {
    if (!isUpload(asked)) return false;
    setTimeout(() => abort.abort(), 200);
    return true; // and never an answer
  };
  const reference = `${registry.host}/aborted/app:1`;
  const started = performance.now();
  await assert.rejects(bench.build(context, { destinations: [reference], signal: abort.signal }), {
    kind: 'cancelled',
  });
  assert.ok(performance.now() - started < 10_000);
  registry.fault = () => false;
  assert.equal(await manifestOf(reference), undefined);
});
