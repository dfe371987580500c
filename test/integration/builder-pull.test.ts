import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { type StorePaths, storePaths } from '@slipway/builder';
import { type Fault, ObservedRegistry } from './builder/observed-registry.ts';
import { type Built, Workbench } from './builder/workbench.ts';

let bench: Workbench;
let registry: ObservedRegistry;
let large: Buffer;
let count = 0;

before(async () => {
  bench = await Workbench.open();
  const busybox = await bench.pushBusybox();
  registry = await ObservedRegistry.before(bench.registry);
  await pushLarge(busybox);
});

afterEach(() => {
  registry.fault = () => false;
  registry.asked.length = 0;
});

after(async () => {
  await registry[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
});

/** An image with a layer that takes many packets, and one above it. */
async function pushLarge(busybox: string): Promise<void> {
  const context = bench.context({ Dockerfile: `FROM ${busybox}\nCOPY large /large\nRUN echo top > /top\n` });
  large = randomBytes(3_000_000);
  writeFileSync(join(context, 'large'), large);
  await bench.build(context, { destinations: [`${bench.registry}/library/large:1`] });
}

/** Builds FROM the image, with an empty store. */
async function build(tag = '1'): Promise<Built & { readonly store: StorePaths }> {
  count += 1;
  const store = storePaths(bench.folder.join(`pull-${count}`));
  const lines = [`FROM ${registry.host}/library/large:${tag}`, 'RUN sha256sum /large && cat /top', ''];
  return { ...(await bench.build(bench.context({ Dockerfile: lines.join('\n') }), { store })), store };
}

const isLarge = (path: string, size: number): boolean => path.includes('/blobs/sha256:') && size > 1_000_000;

/** Changes what the registry sends as the large layer. */
function whenLarge(
  change: (body: Buffer, how: { end(body: Buffer): void; cut(body: Buffer): void }) => void,
): Fault {
  return (asked, _, response) => {
    if (asked.method !== 'GET' || !asked.path.includes('/blobs/')) return false;
    const [host, port] = bench.registry.split(':');
    const { range } = asked.headers;
    const headers = range === undefined ? {} : { range };
    const onward = httpRequest({ host, port, path: asked.path, headers }, async (answer) => {
      const body = Buffer.concat(await answer.toArray());
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      if (!isLarge(asked.path, body.length)) return void response.end(body);
      const cut = (part: Buffer): void => void response.write(part, () => response.destroy());
      change(body, { end: (whole) => void response.end(whole), cut });
    });
    onward.end();
    return true;
  };
}

/** Nothing of a layer or a blob that could not be had is there. */
function assertClean({ layersDir, contentDir, scratchDir }: StorePaths): void {
  for (const folder of [layersDir, join(contentDir, 'ingest'), scratchDir])
    assert.deepEqual(
      existsSync(folder) ? readdirSync(folder).filter((name) => !/^[0-9a-f]{24}$/.test(name)) : [],
      [],
    );
}

test('a layer whose connection breaks again and again comes in parts, and is unpacked right', async () => {
  registry.fault = whenLarge((body, { end, cut }) => {
    if (body.length < 1_500_000) end(body);
    else cut(body.subarray(0, 900_000));
  });
  const { output } = await build();
  assert.ok(output.startsWith(createHash('sha256').update(large).digest('hex')), output);
  assert.match(output, /\ntop$/);
  const ranges = registry.asked.flatMap(({ headers }) => headers.range ?? []);
  assert.ok(ranges.length >= 2, ranges.join());
});

test('a layer that is cut off at the same place for ever is given up soon, and leaves nothing', async () => {
  registry.fault = whenLarge((body, { cut }) => cut(body.subarray(0, 0)));
  const started = performance.now();
  await assert.rejects(build(), { kind: 'unavailable' });
  assert.ok(performance.now() - started < 20_000);
  assertClean(storePaths(bench.folder.join(`pull-${count}`)));
  assert.ok(registry.asked.filter(({ path }) => path.includes('/blobs/')).length < 30);
});

test('a layer with other bytes than its digest says is never used, though it is unpacked while it comes', async () => {
  registry.fault = whenLarge((body, { end }) => {
    body[body.length - 100_000]! ^= 1;
    end(body);
  });
  await assert.rejects(build(), (error: Error & { code?: string }) => {
    assert.match(String(error.code), /DIGEST_MISMATCH|LAYER_CORRUPT|DIFF_ID_MISMATCH/);
    return true;
  });
  const store = storePaths(bench.folder.join(`pull-${count}`));
  assertClean(store);
  registry.fault = () => false;
  const lines = [`FROM ${registry.host}/library/large:1`, 'RUN sha256sum /large', ''];
  await bench.build(bench.context({ Dockerfile: lines.join('\n') }), { store });
});

test('a registry that is overloaded is asked again when it says so; one that wants an hour is not', async () => {
  let refused = 0;
  registry.fault = ({ path }, _, response) => {
    if (!path.includes('/manifests/') || refused === 1) return false;
    refused += 1;
    response.writeHead(503, { 'retry-after': '1' }).end();
    return true;
  };
  const started = performance.now();
  await build();
  assert.ok(performance.now() - started >= 1000);
  registry.fault = ({ path }, _, response) => {
    if (!path.includes('/blobs/')) return false;
    response.writeHead(429, { 'retry-after': '3600' }).end();
    return true;
  };
  const again = performance.now();
  await assert.rejects(build(), { kind: 'unavailable', hint: /wait 3600 s/ });
  assert.ok(performance.now() - again < 10_000);
});

test('a tag that moved is noticed by the next build, also where all was cached', async () => {
  const move = async (text: string): Promise<void> => {
    const context = bench.context({ Dockerfile: `FROM scratch\nCOPY a /a\n`, a: text });
    await bench.build(context, { destinations: [`${bench.registry}/library/moving:1`] });
  };
  const context = bench.context({
    Dockerfile: `FROM ${registry.host}/library/moving:1\nCOPY b /b\n`,
    b: 'b',
  });
  const options = { destinations: [`${registry.host}/moved/app:1`] };
  await move('one');
  const first = await bench.build(context, options);
  const same = await bench.build(context, options);
  assert.equal(same.result.manifest.digest, first.result.manifest.digest);
  await move('two');
  const second = await bench.build(context, options);
  assert.notEqual(second.result.layers[0]?.diffId, first.result.layers[0]?.diffId);
  await move('one');
  const third = await bench.build(context, options);
  assert.equal(third.result.layers[0]?.diffId, first.result.layers[0]?.diffId);
});
