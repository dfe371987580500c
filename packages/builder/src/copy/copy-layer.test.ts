import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import { readTar, type TarEntry } from '@slipway/oci';
import { type TemporaryFolder, temporaryFolder } from '@slipway/testkit';
import { fileIdentity } from '../cache/file-identity.ts';
import { type BytePath, ROOT_PATH } from './byte-path.ts';
import { type CopyLayerOptions, copyLayer } from './copy-layer.ts';
import type { LayerEntry } from './layer-entry.ts';

interface Found {
  readonly entry: TarEntry;
  readonly sha256: string;
}

async function unpack(entries: Iterable<LayerEntry>, options: CopyLayerOptions = {}): Promise<Found[]> {
  const found: Found[] = [];
  for await (const { entry, body } of readTar(copies(entries, options))) {
    const hash = createHash('sha256');
    for await (const chunk of body) hash.update(chunk);
    found.push({ entry, sha256: hash.digest('hex') });
  }
  return found;
}

/** A chunk is good until the next is asked for. */
async function* copies(entries: Iterable<LayerEntry>, options: CopyLayerOptions): AsyncGenerator<Buffer> {
  for await (const chunk of copyLayer(entries, options)) yield Buffer.from(chunk);
}

function fileEntry(folder: TemporaryFolder, target: string, content: Buffer): LayerEntry {
  const file = folder.join(target);
  writeFileSync(file, content);
  const common = { mode: 0o640, uid: 5, gid: 6, mtimeNs: 1_700_000_000_999_999_999n };
  return { ...common, target: target as BytePath, type: 'file', size: content.length, file };
}

const SIZES = [0, 1, 511, 512, 513, 4096, 128 * 1024 - 1, 128 * 1024, 128 * 1024 + 1, 700_000, 3 << 20];

test('files of all sizes arrive as they are, in whole seconds', async () => {
  using folder = temporaryFolder();
  const contents = Array.from({ length: 400 }, (_, at) => randomBytes(SIZES[at % 8]!));
  contents.push(...SIZES.map((size) => randomBytes(size)));
  const entries = contents.map((content, at) => fileEntry(folder, `file-${at}`, content));
  const found = await unpack(entries);
  assert.equal(found.length, contents.length);
  for (const [at, { entry, sha256 }] of found.entries()) {
    assert.equal(entry.name.toString(), `file-${at}`);
    assert.equal(sha256, createHash('sha256').update(contents[at]!).digest('hex'));
    const { mode, uid, gid, mtimeNs } = entry;
    assert.deepEqual(
      { mode, uid, gid, mtimeNs },
      { mode: 0o640, uid: 5, gid: 6, mtimeNs: 1_700_000_000n * 10n ** 9n },
    );
  }
  const [early] = await unpack(entries.slice(0, 1), { sourceDateEpoch: 1000 });
  assert.equal(early?.entry.mtimeNs, 1000n * 10n ** 9n);
});

test('headers of any length, and what is no file', async () => {
  using folder = temporaryFolder();
  const large = randomBytes(900_000);
  const common = { mode: 0o755, uid: 0, gid: 0, mtimeNs: 0n, size: 0 };
  const entries: LayerEntry[] = [
    { ...common, target: 'd' as BytePath, type: 'directory' },
    { ...common, target: `d/${'x'.repeat(5000)}` as BytePath, type: 'symlink', link: 'y'.repeat(3000) },
    { ...fileEntry(folder, 'a', Buffer.from('small')), xattrs: new Map([['user.large', large]]) },
    { ...common, target: 'hard' as BytePath, type: 'hardlink', link: 'a' },
    { ...common, target: 'null' as BytePath, type: 'char', device: { major: 1, minor: 3 } },
    { ...common, target: 'inline' as BytePath, type: 'file', size: 900_000, content: large },
  ];
  const found = await unpack(entries);
  assert.deepEqual(
    found.map(({ entry }) => entry.type),
    ['directory', 'symlink', 'file', 'hardlink', 'char', 'file'],
  );
  assert.equal(found[0]?.entry.name.toString(), 'd/');
  assert.equal(found[1]?.entry.linkname?.toString(), 'y'.repeat(3000));
  assert.deepEqual(found[2]?.entry.xattrs?.get('user.large'), large);
  assert.equal(found[5]?.sha256, createHash('sha256').update(large).digest('hex'));
});

const changes: readonly { readonly name: string; readonly change: (file: string) => void }[] = [
  { name: 'grows', change: (file) => appendFileSync(file, 'x') },
  { name: 'shrinks', change: (file) => truncateSync(file, lstatSync(file).size - 1) },
  { name: 'is gone', change: (file) => rmSync(file) },
  {
    name: 'becomes a folder',
    change: (file) => {
      rmSync(file);
      mkdirSync(file);
    },
  },
  {
    name: 'becomes a link',
    change: (file) => {
      rmSync(file);
      symlinkSync('/etc/passwd', file);
    },
  },
];

for (const size of [1000, 300_000]) {
  for (const { name, change } of changes) {
    test(`a file of ${size} bytes that ${name} ends the copy`, async () => {
      using folder = temporaryFolder();
      const entry = fileEntry(folder, 'file', randomBytes(size));
      change(entry.file ?? ROOT_PATH);
      await assert.rejects(unpack([entry]), { code: 'COPY_SOURCE_CHANGED' });
    });
  }
}

/** As planned and digested, long after the file was written (`isSettled`) or right then. */
function digested(folder: TemporaryFolder, content: Buffer, isSettled: boolean): LayerEntry {
  const entry = fileEntry(folder, 'file', content);
  const identity = fileIdentity(lstatSync(entry.file!, { bigint: true }));
  const digestStart = createHash('sha256').update(content).digest('hex').slice(0, 16);
  return { ...entry, identity, digestStart, ...(isSettled && { isSettled }) };
}

for (const size of [1000, 300_000]) {
  const [content, other] = [randomBytes(size), randomBytes(size)];
  for (const isSettled of [true, false]) {
    const when = isSettled ? 'long after it was written' : 'right after it was written';

    test(`a file of ${size} bytes that gets others of the same number, ${when}, ends the copy`, async () => {
      using folder = temporaryFolder();
      const entry = digested(folder, content, isSettled);
      const { atime, mtime } = lstatSync(entry.file!);
      writeFileSync(entry.file!, other);
      utimesSync(entry.file!, atime, mtime);
      await assert.rejects(unpack([entry]), {
        code: 'COPY_SOURCE_CHANGED',
        message: '/file changed while it was copied',
      });
    });

    test(`a file of ${size} bytes that is touched, ${when}, is what was planned`, async () => {
      using folder = temporaryFolder();
      const entry = digested(folder, content, isSettled);
      chmodSync(entry.file!, 0o400);
      assert.equal((await unpack([entry])).length, 1);
      copyFileSync(entry.file!, folder.join('copy'));
      renameSync(folder.join('copy'), entry.file!);
      assert.equal((await unpack([entry])).length, 1);
    });
  }

  test(`a file of ${size} bytes that changes within a tick of the clock is told by its content`, async () => {
    using folder = temporaryFolder();
    const { digestStart, ...rest } = digested(folder, content, false);
    writeFileSync(rest.file!, other);
    const identity = fileIdentity(lstatSync(rest.file!, { bigint: true }));
    await assert.rejects(unpack([{ ...rest, identity, digestStart: digestStart! }]), {
      code: 'COPY_SOURCE_CHANGED',
    });
  });
}

test('a large file that changes while it is read ends the copy', async () => {
  for (const change of [
    (file: string) => writeFileSync(file, 'x', { flag: 'r+' }),
    (file: string) => appendFileSync(file, 'x'),
    (file: string) => truncateSync(file, 700_000),
  ]) {
    using folder = temporaryFolder();
    const entry = digested(folder, randomBytes(4 << 20), true);
    let chunks = 0;
    const read = async (): Promise<void> => {
      for await (const _ of copyLayer([entry])) if (++chunks === 3) change(entry.file!);
    };
    await assert.rejects(read(), { code: 'COPY_SOURCE_CHANGED' });
  }
});
