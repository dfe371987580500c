import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { TarEntry } from '@slipway/oci';
import { TarWriter } from '@slipway/oci';
import { type TemporaryFolder, temporaryFolder } from '@slipway/testkit';
import { readArchive } from './archive-members.ts';
import { planCopy } from './copy-plan.ts';
import type { LayerEntry } from './layer-entry.ts';

type Member = Partial<Omit<TarEntry, 'name' | 'linkname'>> & { name: string; link?: string; text?: string };

async function archive(members: readonly Member[]): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  const writer = new TarWriter(async (chunk) => void chunks.push(Uint8Array.from(chunk)));
  for (const { name, link, text = '', ...more } of members) {
    const folder = name.endsWith('/') ? 'directory' : 'file';
    const type = more.type ?? (link === undefined ? folder : 'symlink');
    const body = Buffer.from(text);
    await writer.add(
      {
        ...{ mode: 0o644, uid: 1, gid: 2, mtimeNs: 0n, ...more, type, size: body.length },
        name: Buffer.from(name, 'latin1'),
        ...(link === undefined ? {} : { linkname: Buffer.from(link) }),
      },
      (async function* () {
        yield body;
      })(),
    );
  }
  await writer.finish();
  return chunks;
}

/** What ADD of the archive makes at `to`, in a root filesystem that `prepare` fills. */
async function add(
  folder: TemporaryFolder,
  members: readonly Member[],
  prepare: (root: string) => void = () => {},
  to = '/',
): Promise<Map<string, LayerEntry>> {
  const rootfs = folder.join('root');
  mkdirSync(rootfs);
  mkdirSync(folder.join('contents'));
  prepare(rootfs);
  const source = (async function* () {
    yield* await archive(members);
  })();
  const read = await readArchive(source, folder.join('contents'));
  const entries = planCopy({
    sources: [{ kind: 'archive', members: read }],
    destination: to,
    rootfs,
    now: new Date(),
  });
  return new Map([...entries].map((entry) => [entry.target, entry]));
}

test('members keep owners, modes, devices, attributes and names that this process could not make', async () => {
  using folder = temporaryFolder();
  const found = await add(folder, [
    { name: './', mode: 0o700 },
    { name: 'null', type: 'char', devmajor: 1, devminor: 3 },
    {
      name: 'caf\xe9',
      text: 'x',
      mode: 0o4711,
      xattrs: new Map([['security.capability', Buffer.from('c')]]),
    },
    { name: '.wh.name', text: 'no whiteout' },
    { name: 'old', mtimeNs: -1_000_000_000n },
  ]);
  assert.deepEqual([...found.keys()], ['.wh.name', 'caf\xe9', 'null', 'old']);
  assert.deepEqual(found.get('null')?.device, { major: 1, minor: 3 });
  const file = found.get('caf\xe9');
  assert.deepEqual([file?.mode, file?.uid, file?.gid, file?.size], [0o4711, 1, 2, 1]);
  assert.equal(file?.xattrs?.get('security.capability')?.toString(), 'c');
  assert.equal(found.get('old')?.mtimeNs, 0n);
});

test('what is in the way is replaced, folders are merged, links on the way are followed inside the root', async () => {
  using folder = temporaryFolder();
  const found = await add(
    folder,
    [
      { name: 'link/' },
      { name: 'link/in', text: '1' },
      { name: 'full', text: 'now a file' },
      { name: 'kept/', mode: 0o700 },
      { name: 'out/pid', text: '2' },
    ],
    (root) => {
      symlinkSync('/etc', `${root}/link`);
      symlinkSync('../../../var', `${root}/out`);
      for (const name of ['full/sub', 'kept/sub', 'var', 'etc'])
        mkdirSync(`${root}/${name}`, { recursive: true });
    },
  );
  assert.deepEqual(
    [...found].map(([path, { type }]) => `${path} ${type}`),
    ['full file', 'kept directory', 'link directory', 'link/in file', 'var directory', 'var/pid file'],
  );
  assert.equal(found.get('kept')?.mode, 0o700);
});

test('links that the archive itself makes are followed inside the root too', async () => {
  using folder = temporaryFolder();
  const found = await add(folder, [
    { name: 'a', link: '../../..' },
    { name: 'b', link: 'a/target' },
    { name: 'b/file', text: 'x' },
  ]);
  assert.deepEqual([...found.keys()], ['a', 'b', 'target', 'target/file']);
});

test('hard links: the first name in the layer has the content, and a file of the base becomes part of it', async () => {
  using folder = temporaryFolder();
  const found = await add(
    folder,
    [
      { name: 'z', text: 'content' },
      { name: 'a', type: 'hardlink', link: 'z' },
      { name: 'm', type: 'hardlink', link: 'a' },
      { name: 'other', type: 'hardlink', link: 'base' },
    ],
    (root) => writeFileSync(`${root}/base`, 'base'),
  );
  assert.deepEqual(
    [...found].map(([path, { type, link }]) => `${path} ${type} ${link ?? ''}`.trim()),
    ['a file', 'base file', 'm hardlink a', 'other hardlink base', 'z hardlink a'],
  );
});

const hostile: [name: string, members: Member[]][] = [
  ['a name with ..', [{ name: '../x', text: 'x' }]],
  ['a name with .. inside', [{ name: 'a/../../x', text: 'x' }]],
  ['a hard link out of it', [{ name: 'h', type: 'hardlink', link: '../../etc/shadow' }]],
  ['a hard link to nothing', [{ name: 'h', type: 'hardlink', link: 'etc/shadow' }]],
];

for (const [name, members] of hostile) {
  test(`${name} is refused`, async () => {
    using folder = temporaryFolder();
    await assert.rejects(add(folder, members), { code: 'ADD_ARCHIVE' });
    assert.deepEqual(readdirSync(folder.join('root')), []);
  });
}
