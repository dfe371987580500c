import assert from 'node:assert/strict';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type TemporaryFolder, temporaryFolder } from '@slipway/testkit';
import { type Digest, digestOf } from '../digest.ts';
import { ContentStore } from '../store/content-store.ts';
import { TarWriter } from '../tar/writer.ts';
import { LayerStore } from './layer-store.ts';
import { writeLayer } from './write.ts';

interface Stores {
  readonly folder: TemporaryFolder;
  readonly content: ContentStore;
  readonly layers: LayerStore;
}

async function stores(t: TestContext): Promise<Stores> {
  const folder = temporaryFolder();
  t.after(() => folder[Symbol.dispose]());
  const content = await ContentStore.open(folder.join('content'));
  const layers = new LayerStore(folder.join('layers'), content);
  return { folder, content, layers };
}

const FILES = Array.from({ length: 300 }, (_, at) => `d/file ${at}`);

/** A tar whose chunks are good only until the next is asked for. */
async function* archive(): AsyncGenerator<Uint8Array> {
  const chunks: Buffer[] = [];
  const writer = new TarWriter(async (chunk) => void chunks.push(Buffer.from(chunk)));
  const common = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, mtimeNs: 5_000_000_000n };
  await writer.add({ ...common, name: Buffer.from('d/'), type: 'directory', mode: 0o750, size: 0 });
  for (const [at, name] of FILES.entries()) {
    const body = Buffer.from(`content of ${name}\n`.repeat(at));
    async function* content(): AsyncGenerator<Uint8Array> {
      yield body;
    }
    const size = body.length;
    await writer.add({ ...common, name: Buffer.from(name), type: 'file', mode: 0o4711, size }, content());
  }
  await writer.finish();
  const tar = Buffer.concat(chunks);
  const memory = Buffer.alloc(100_000);
  for (let at = 0; at < tar.length; at += memory.length) {
    const size = tar.copy(memory, 0, at);
    yield memory.subarray(0, size);
    memory.fill(0xff);
  }
}

function describe(folder: string): string[] {
  return ['d', ...FILES].map((name) => {
    const { mode, mtimeMs } = lstatSync(join(folder, name));
    const content =
      name === 'd' ? readdirSync(join(folder, name)).length : digestOf(readFileSync(join(folder, name)));
    return `${name} ${mode.toString(8)} ${mtimeMs} ${content}`;
  });
}

test('a layer that is unpacked while it is made is the one that its blob has', async (t) => {
  const made = await stores(t);
  await using unpacking = await made.layers.begin(undefined, []);
  const layer = await writeLayer(made.content, unpacking.through(archive()));
  const place = await unpacking.publish(layer.diffId);

  const plain = await writeLayer(made.content, archive());
  assert.deepEqual(plain, layer);
  const other = await stores(t);
  const [unpacked] = await new LayerStore(other.folder.join('layers'), made.content).unpack([layer]);
  assert.deepEqual(describe(place), describe(unpacked!));
  assert.deepEqual(await made.layers.unpack([layer]), [place]);
});

test('a layer on top of others is found under its chain', async (t) => {
  const made = await stores(t);
  const base = await writeLayer(made.content, archive());
  const lower = await made.layers.unpack([base]);
  await using unpacking = await made.layers.begin(base.diffId, lower);
  const layer = await writeLayer(made.content, unpacking.through(archive()));
  const place = await unpacking.publish(layer.diffId);
  assert.deepEqual(await made.layers.unpack([base, layer]), [place, ...lower]);
});

test('where the store has the layer by now, that one stays', async (t) => {
  const made = await stores(t);
  const one = await made.layers.begin(undefined, []);
  const two = await made.layers.begin(undefined, []);
  const layer = await writeLayer(made.content, one.through(archive()));
  await writeLayer(made.content, two.through(archive()));
  const place = await one.publish(layer.diffId);
  assert.equal(await two.publish(layer.diffId), place);
  for (const each of [one, two]) await each[Symbol.asyncDispose]();
  assert.equal(readdirSync(made.layers.root).length, 1);
  assert.equal(describe(place).length, FILES.length + 1);
});

test('a tar that fails, and a layer that nobody publishes, leave nothing', async (t) => {
  const made = await stores(t);
  async function* failing(): AsyncGenerator<Uint8Array> {
    for await (const chunk of archive()) {
      yield chunk;
      throw new Error('the source broke');
    }
  }
  const attempt = async (): Promise<Digest> => {
    await using unpacking = await made.layers.begin(undefined, []);
    return (await writeLayer(made.content, unpacking.through(failing()))).diffId;
  };
  await assert.rejects(attempt(), /the source broke/);
  {
    await using unpacking = await made.layers.begin(undefined, []);
    await writeLayer(made.content, unpacking.through(archive()));
  }
  assert.deepEqual(readdirSync(made.layers.root), []);
});
