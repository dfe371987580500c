import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeHeader } from './encode.ts';
import type { TarEntry, TarEntryType } from './entry.ts';
import { readTar } from './read-tar.ts';
import { TarWriter } from './writer.ts';

interface Sample {
  readonly entry: TarEntry;
  readonly body: Buffer;
}

const plain: TarEntry = {
  name: Buffer.from('file'),
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 0,
  mtimeNs: 0n,
};

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function archive(samples: readonly Sample[]): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const writer = new TarWriter(async (chunk) => void chunks.push(chunk));
  for (const { entry, body } of samples) await writer.add(entry, once(body));
  await writer.finish();
  return Buffer.concat(chunks);
}

async function* split(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function unarchive(bytes: Buffer, chunkSize: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  for await (const { entry, body } of readTar(split(bytes, chunkSize))) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(Buffer.from(chunk));
    samples.push({ entry, body: Buffer.concat(chunks) });
  }
  return samples;
}

const nameBytes = (max: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ min: 1, minLength: 1, maxLength: max }).map((bytes) => Buffer.from(bytes));

const sample: fc.Arbitrary<Sample> = fc
  .record({
    name: nameBytes(400),
    type: fc.constantFrom<TarEntryType>('file', 'directory', 'symlink', 'hardlink', 'char', 'block', 'fifo'),
    mode: fc.integer({ min: 0, max: 0o7777 }),
    uid: fc.oneof(fc.integer({ min: 0, max: 70_000 }), fc.integer({ min: 0, max: 2 ** 32 - 2 })),
    gid: fc.integer({ min: 0, max: 2 ** 32 - 2 }),
    mtimeNs: fc.bigInt({ min: -(10n ** 18n), max: 10n ** 20n }),
    linkname: nameBytes(300),
    body: fc.uint8Array({ maxLength: 1500 }),
    device: fc.integer({ min: 0, max: 2 ** 20 - 1 }),
    xattrs: fc.option(
      fc.dictionary(
        fc.stringMatching(/^user\.[a-z=.]{1,10}$/).filter((key) => !key.includes('=')),
        fc.uint8Array({ maxLength: 300, minLength: 1 }),
        { noNullPrototype: true },
      ),
    ),
    uname: fc.option(fc.stringMatching(/^[a-zé]{1,40}$/)),
  })
  .map(({ body, device, linkname, xattrs, uname, ...common }) => {
    const isFile = common.type === 'file';
    const isLink = common.type === 'symlink' || common.type === 'hardlink';
    const isDevice = common.type === 'char' || common.type === 'block';
    const attributes = Object.entries(xattrs ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
    const entry: TarEntry = {
      ...common,
      size: isFile ? body.length : 0,
      ...(isLink ? { linkname } : {}),
      ...(uname === null ? {} : { uname }),
      ...(isDevice ? { devmajor: device % 4096, devminor: device } : {}),
      ...(attributes.length === 0
        ? {}
        : { xattrs: new Map(attributes.map(([k, v]) => [k, Buffer.from(v)])) }),
    };
    return { entry, body: Buffer.from(isFile ? body : []) };
  });

test('what is written is read again, in chunks of any size', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(sample, { maxLength: 5 }),
      fc.integer({ min: 1, max: 3000 }),
      async (samples, size) => {
        const bytes = await archive(samples);
        assert.equal(bytes.length % 512, 0);
        assert.deepEqual(await unarchive(bytes, size), samples);
      },
    ),
    { numRuns: 300 },
  );
});

test('a header is PAX only where it must be', () => {
  const cases: [what: string, entry: TarEntry, blocks: number][] = [
    ['a plain file', plain, 1],
    ['a name of 100 bytes', { ...plain, name: Buffer.alloc(100, 'x') }, 1],
    ['a name that can be split', { ...plain, name: Buffer.from(`${'d'.repeat(150)}/${'f'.repeat(100)}`) }, 1],
    [
      'a folder name that can be split',
      { ...plain, type: 'directory', name: Buffer.from(`${'d'.repeat(90)}/${'f'.repeat(90)}/`) },
      1,
    ],
    ['a name that is not UTF-8', { ...plain, name: Buffer.from([0xff, 0xfe]) }, 1],
    ['a name of 101 bytes without a slash', { ...plain, name: Buffer.alloc(101, 'x') }, 3],
    ['the largest octal size', { ...plain, size: 8 * 2 ** 30 - 1 }, 1],
    ['a size of 8 GiB', { ...plain, size: 8 * 2 ** 30 }, 3],
    ['the largest octal uid', { ...plain, uid: 0o7777777 }, 1],
    ['a larger uid', { ...plain, uid: 0o10000000 }, 3],
    ['a time with a fraction', { ...plain, mtimeNs: 1_500_000_000n }, 3],
    ['a time before 1970', { ...plain, mtimeNs: -1_000_000_000n }, 3],
  ];
  for (const [what, entry, blocks] of cases) assert.equal(encodeHeader(entry).length / 512, blocks, what);
});

test('a size beyond 8 GiB is read back', async () => {
  const size = 9 * 2 ** 30;
  const header = encodeHeader({ ...plain, size });
  for await (const { entry } of readTar(once(header))) {
    assert.equal(entry.size, size);
    break;
  }
});

test('content that is not as long as said is refused by the writer', async () => {
  for (const length of [3, 5]) {
    const writer = new TarWriter(async () => {});
    await assert.rejects(writer.add({ ...plain, size: 4 }, once(Buffer.alloc(length))), { code: 'TAR_SIZE' });
  }
});

test('content that nobody reads is skipped', async () => {
  const samples = ['a', 'b', 'c'].map((name) => ({
    entry: { ...plain, name: Buffer.from(name), size: 5000 },
    body: Buffer.alloc(5000, name),
  }));
  const names: string[] = [];
  for await (const { entry, body } of readTar(split(await archive(samples), 777))) {
    names.push(entry.name.toString());
    if (entry.name.toString() === 'b') for await (const _ of body) break;
  }
  assert.deepEqual(names, ['a', 'b', 'c']);
});

test('a reader that stops early closes the source', async () => {
  const bytes = await archive([{ entry: { ...plain, size: 5000 }, body: Buffer.alloc(5000) }]);
  let closed = false;
  async function* source(): AsyncGenerator<Uint8Array, void> {
    try {
      yield* split(bytes, 512);
    } finally {
      closed = true;
    }
  }
  for await (const { entry } of readTar(source())) {
    assert.ok(entry.name.length > 0);
    break;
  }
  assert.ok(closed);
});
