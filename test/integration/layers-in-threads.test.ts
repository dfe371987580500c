// Layers that are so large that threads unpack them: what is wrong with them, a full disk, and a process that is killed.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ContentStore, digestOf, type ImageLayer, LayerStore, writeLayer } from '@slipway/oci';
import { type Files, type TemporaryFolder, tarOf, temporaryFolder } from '@slipway/testkit';

const NOISE = randomBytes(24 * 1024 * 1024);

let folder: TemporaryFolder;
let store: ContentStore;
let lower: ImageLayer;
let upper: ImageLayer;

before(async () => {
  folder = temporaryFolder();
  store = await ContentStore.open(folder.join('content'));
  lower = await layerOf({ noise: NOISE, 'etc/old': 'below', 'etc/list': 'one' });
  upper = await layerOf({ 'etc/.wh.old': '', 'etc/list': 'two', more: NOISE.subarray(0, 20 * 1024 * 1024) });
});
after(() => folder?.[Symbol.dispose]());

async function layerOf(files: Files): Promise<ImageLayer> {
  return await writeLayer(store, tarOf(files));
}

const openFiles = (): number => readdirSync('/proc/self/fd').length;
const threads = (): number => readdirSync('/proc/self/task').length;

test('two layers are as they would be without threads, and no thread and no file stays', async () => {
  const layers = new LayerStore(folder.join('layers'), store);
  const before = { files: openFiles(), threads: threads() };
  const [top, bottom] = (await layers.unpack([lower, upper])) as [string, string];
  assert.equal(digestOf(readFileSync(join(bottom, 'noise'))), digestOf(NOISE));
  assert.equal(readFileSync(join(top, 'etc/list'), 'utf8'), 'two');
  const whiteout = lstatSync(join(top, 'etc/old'));
  assert.ok(whiteout.isCharacterDevice() && whiteout.rdev === 0);
  await sleep(200);
  assert.ok(openFiles() <= before.files, 'files stay open');
  assert.ok(threads() <= before.threads, 'threads stay');
});

test('a layer that is not what its image says, or is damaged, leaves nothing', async () => {
  const layers = new LayerStore(folder.join('wrong'), store);
  await assert.rejects(layers.unpack([{ ...lower, diffId: upper.diffId }]), { code: 'DIFF_ID_MISMATCH' });
  const damaged = await layerOf({ noise: randomBytes(20 * 1024 * 1024) });
  const file = store.path(damaged.descriptor.digest);
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.subarray(0, bytes.length - 1000));
  await assert.rejects(layers.unpack([damaged]), { code: 'LAYER_CORRUPT' });
  appendFileSync(file, Buffer.alloc(1000, 7));
  await assert.rejects(layers.unpack([damaged]), { code: 'LAYER_CORRUPT' });
  assert.deepEqual(readdirSync(folder.join('wrong')), []);
});

test('a full disk is said to be full', async () => {
  const small = folder.join('small');
  mkdirSync(small);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', small]);
  try {
    const layers = new LayerStore(join(small, 'layers'), store);
    await assert.rejects(layers.unpack([lower]), { code: 'STORE_FULL' });
    assert.deepEqual(readdirSync(join(small, 'layers')), []);
  } finally {
    execFileSync('umount', ['-l', small]);
  }
});

test('a process that is killed while its threads unpack leaves what the next one removes', async () => {
  const place = folder.join('killed');
  const oci = import.meta.resolve('@slipway/oci');
  const program = `import { ContentStore, LayerStore } from ${JSON.stringify(oci)};
    const store = await ContentStore.open(${JSON.stringify(store.root)});
    const done = new LayerStore(${JSON.stringify(place)}, store).unpack(${JSON.stringify([lower, upper])});
    process.stdout.write('begun');
    await done;`;
  for (const delayMs of [0, 40, 120]) {
    const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program];
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: import.meta.dirname,
    });
    const closed = once(child, 'close');
    await once(child.stdout, 'data');
    await sleep(delayMs);
    child.kill('SIGKILL');
    const [code] = await closed;
    assert.ok(code === null || code === 0, 'it failed before it was killed');
  }
  const layers = new LayerStore(place, store);
  const [, bottom] = (await layers.unpack([lower, upper])) as [string, string];
  assert.equal(digestOf(readFileSync(join(bottom, 'noise'))), digestOf(NOISE));
  assert.ok(readdirSync(place).every((name) => /^[0-9a-f]{24}$/.test(name)));
});
