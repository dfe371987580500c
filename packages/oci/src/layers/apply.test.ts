import assert from 'node:assert/strict';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import { temporaryFolder } from '@slipway/testkit';
import type { TarEntry } from '../tar/entry.ts';
import { TarWriter } from '../tar/writer.ts';
import { applyLayer } from './apply.ts';

type Member = Partial<Omit<TarEntry, 'name' | 'linkname' | 'size'>> & {
  name: string;
  link?: string;
  text?: string;
};

async function* archive(members: readonly Member[]): AsyncGenerator<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const writer = new TarWriter(async (chunk) => void chunks.push(Buffer.from(chunk)));
  for (const { name, link, text = '', ...rest } of members) {
    const body = Buffer.from(text);
    const entry: TarEntry = {
      type: link === undefined ? (name.endsWith('/') ? 'directory' : 'file') : 'symlink',
      mode: name.endsWith('/') ? 0o755 : 0o644,
      uid: process.getuid?.() ?? 0,
      gid: process.getgid?.() ?? 0,
      mtimeNs: 1_000_000_000_000_000_000n,
      ...rest,
      name: Buffer.from(name),
      size: body.length,
      ...(link === undefined ? {} : { linkname: Buffer.from(link) }),
    };
    async function* content(): AsyncGenerator<Uint8Array> {
      yield body;
    }
    await writer.add(entry, content());
  }
  await writer.finish();
  yield* chunks;
}

test('files, folders and links get their content, modes and times', async () => {
  using folder = temporaryFolder();
  const stats = await applyLayer(
    folder.path,
    archive([
      { name: 'bin/', mode: 0o555 },
      { name: 'bin/tool', mode: 0o4755, text: '#!/bin/sh\n' },
      { name: 'bin/alias', link: 'tool' },
      { name: 'bin/same', type: 'hardlink', link: 'bin/tool' },
      { name: './dotted//name', text: 'x' },
      { name: '/absolute', text: 'y' },
    ]),
  );
  assert.equal(stats.entries, 6);
  assert.equal(statSync(folder.join('bin/tool')).mode & 0o7777, 0o4755);
  assert.equal(statSync(folder.join('bin')).mode & 0o7777, 0o555);
  assert.equal(statSync(folder.join('bin')).mtimeMs, 1e12);
  assert.equal(lstatSync(folder.join('bin/alias')).mtimeMs, 1e12);
  assert.equal(readlinkSync(folder.join('bin/alias')), 'tool');
  assert.equal(statSync(folder.join('bin/same')).ino, statSync(folder.join('bin/tool')).ino);
  assert.equal(readFileSync(folder.join('dotted/name'), 'utf8'), 'x');
  assert.equal(readFileSync(folder.join('absolute'), 'utf8'), 'y');
});

test('a later member replaces an earlier one', async () => {
  using folder = temporaryFolder();
  await applyLayer(
    folder.path,
    archive([
      { name: 'a', text: 'old' },
      { name: 'a', text: 'new' },
      { name: 'b/' },
      { name: 'b/c', text: 'gone' },
      { name: 'b', text: 'file now' },
      { name: 'd', link: 'a' },
      { name: 'd', text: 'not through the link' },
      { name: 'e', text: 'x' },
      { name: 'e/' },
      { name: 'e/f', text: 'y' },
    ]),
  );
  assert.equal(readFileSync(folder.join('a'), 'utf8'), 'new');
  assert.equal(readFileSync(folder.join('b'), 'utf8'), 'file now');
  assert.equal(readFileSync(folder.join('d'), 'utf8'), 'not through the link');
  assert.equal(readFileSync(folder.join('e/f'), 'utf8'), 'y');
});

test('missing parents look as they do below', async () => {
  using folder = temporaryFolder();
  mkdirSync(folder.join('lower/etc'), { recursive: true, mode: 0o755 });
  mkdirSync(folder.join('lower/etc/secret'), { mode: 0o700 });
  await applyLayer(folder.join('upper'), archive([{ name: 'etc/secret/key', text: 'k' }]), {
    lower: [folder.join('lower')],
  });
  assert.equal(statSync(folder.join('upper/etc/secret')).mode & 0o777, 0o700);
  assert.equal(
    statSync(folder.join('upper/etc/secret')).mtimeMs,
    statSync(folder.join('lower/etc/secret')).mtimeMs,
  );
});

test('layers below may come later: missing parents wait for them, those that are replaced do not', async () => {
  using folder = temporaryFolder();
  for (const name of ['etc', 'etc/secret', 'var', 'opt'])
    mkdirSync(folder.join(`lower/${name}`), { recursive: true, mode: 0o711 });
  mkdirSync(folder.join('outside'), { mode: 0o750 });
  const before = statSync(folder.join('outside'));
  const lower = Promise.withResolvers<string[]>();
  const unpacked = applyLayer(
    folder.join('upper'),
    archive([
      { name: 'etc/secret/key', text: 'k' },
      { name: 'var/log', text: 'x' },
      { name: 'var', link: '../outside' },
      { name: 'opt/tool', text: 'x' },
      { name: 'opt/', mode: 0o500 },
    ]),
    { lower: lower.promise },
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  lower.resolve([folder.join('lower')]);
  await unpacked;
  const mode = (name: string): number => statSync(folder.join(name)).mode & 0o777;
  assert.equal(mode('upper/etc/secret'), 0o711);
  assert.equal(mode('upper/opt'), 0o500);
  assert.equal(readlinkSync(folder.join('upper/var')), '../outside');
  assert.deepEqual(statSync(folder.join('outside')), before);

  const failed = Promise.reject(new Error('the layer below is damaged'));
  failed.catch(() => {});
  const files = archive([{ name: 'a/b', text: 'x' }]);
  await assert.rejects(applyLayer(folder.join('third'), files, { lower: failed }), /layer below is damaged/);
});

test('whiteouts mean nothing in the lowest layer', async () => {
  using folder = temporaryFolder();
  await applyLayer(
    folder.path,
    archive([{ name: 'd/' }, { name: 'd/.wh.gone' }, { name: 'd/.wh..wh..opq' }]),
    { lower: [] },
  );
  assert.deepEqual(readdirSync(folder.join('d')), []);
});

/** Each is unpacked beside a folder `outside` with a file `victim`, which must stay as it is. */
const hostile: [attack: string, members: Member[], outcome: string | 'contained'][] = [
  ['a name with ..', [{ name: '../outside/new', text: 'x' }], 'TAR_ESCAPE'],
  ['a name with .. inside', [{ name: 'a/../../outside/new', text: 'x' }], 'TAR_ESCAPE'],
  [
    'a symlink to the outside, then a file through it',
    [
      { name: 'l', link: '../outside' },
      { name: 'l/new', text: 'x' },
    ],
    'contained',
  ],
  [
    'an absolute symlink, then a file through it',
    [
      { name: 'l', link: 'OUTSIDE' },
      { name: 'l/new', text: 'x' },
    ],
    'contained',
  ],
  [
    'two symlinks, one through the other',
    [
      { name: 'a', link: '..' },
      { name: 'b', link: 'a/outside' },
      { name: 'b/new', text: 'x' },
    ],
    'contained',
  ],
  [
    'a symlink in place of a folder that is known',
    [
      { name: 'd/' },
      { name: 'd/x', text: '1' },
      { name: 'd', link: 'OUTSIDE' },
      { name: 'd/new', text: 'x' },
    ],
    'contained',
  ],
  [
    'a file over a symlink to a file outside',
    [
      { name: 'l', link: 'OUTSIDE/victim' },
      { name: 'l', text: 'x' },
    ],
    'contained',
  ],
  [
    'a hard link to a file outside',
    [{ name: 'h', type: 'hardlink', link: '../outside/victim' }],
    'TAR_ESCAPE',
  ],
  [
    'a hard link to an absolute path',
    [
      { name: 'h', type: 'hardlink', link: 'OUTSIDE/victim' },
      { name: 'h', text: 'x' },
    ],
    'TAR_LINK',
  ],
  [
    'a hard link through a symlink',
    [
      { name: 'l', link: '../outside' },
      { name: 'h', type: 'hardlink', link: 'l/victim' },
    ],
    'TAR_LINK',
  ],
  ['a hard link to itself', [{ name: 'h', type: 'hardlink', link: 'h' }], 'TAR_LINK'],
  ['a hard link to a folder', [{ name: 'd/' }, { name: 'h', type: 'hardlink', link: 'd' }], 'TAR_LINK'],
  [
    'symlinks in a circle',
    [
      { name: 'a', link: 'b' },
      { name: 'b', link: 'a' },
      { name: 'a/x', text: 'x' },
    ],
    'TAR_ESCAPE',
  ],
  [
    'a file as a folder',
    [
      { name: 'f', text: '1' },
      { name: 'f/x', text: '2' },
    ],
    'TAR_NAME',
  ],
  ['a whiteout of ..', [{ name: 'd/.wh...', text: '' }], 'TAR_ESCAPE'],
  ['a whiteout of nothing', [{ name: 'd/.wh.', text: '' }], 'TAR_ESCAPE'],
  [
    'a whiteout in a folder that becomes a symlink',
    [{ name: 'd/' }, { name: 'd/.wh.victim' }, { name: 'd', link: 'OUTSIDE' }],
    'contained',
  ],
  [
    'a pipe in a folder that becomes a symlink',
    [{ name: 'd/' }, { name: 'd/new', type: 'fifo' }, { name: 'd', link: 'OUTSIDE' }],
    'contained',
  ],
  [
    'times of a folder that becomes a symlink',
    [
      { name: 'd/', mode: 0o777 },
      { name: 'd', link: 'OUTSIDE' },
    ],
    'contained',
  ],
  ['a component of 300 bytes', [{ name: 'x'.repeat(300), text: 'x' }], 'LAYER_UNPACK'],
  ['the root as a file', [{ name: './', type: 'file' }], 'TAR_NAME'],
];

for (const [attack, members, outcome] of hostile) {
  test(`hostile layer: ${attack}`, async () => {
    using folder = temporaryFolder();
    mkdirSync(folder.join('outside'));
    writeFileSync(folder.join('outside/victim'), 'untouched');
    const before = statSync(folder.join('outside'));
    const placed = members.map((member) => ({
      ...member,
      ...(member.link && { link: member.link.replace('OUTSIDE', folder.join('outside')) }),
    }));
    const applied = applyLayer(folder.join('root'), archive(placed));
    if (outcome === 'contained') await applied;
    else await assert.rejects(applied, { code: outcome });
    const after = statSync(folder.join('outside'));
    assert.deepEqual(readdirSync(folder.join('outside')), ['victim']);
    assert.equal(readFileSync(folder.join('outside/victim'), 'utf8'), 'untouched');
    assert.deepEqual(
      [after.mode, after.mtimeMs, after.ctimeMs],
      [before.mode, before.mtimeMs, before.ctimeMs],
    );
    assert.deepEqual(readdirSync(folder.path).sort(), ['outside', 'root']);
  });
}
