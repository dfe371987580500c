import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { temporaryFolder } from '@slipway/testkit';
import type { TarEntry } from '../tar/entry.ts';
import { bytePath } from './byte-path.ts';
import { notedOwners, OwnerNotes } from './owner-notes.ts';
import { decodeOwner, OWNER_RECORD } from './recorded-owner.ts';

function entry(type: TarEntry['type'], uid: number, gid: number): TarEntry {
  return { name: Buffer.alloc(0), type, mode: 0o755, uid, gid, size: 0, mtimeNs: 0n };
}

test('files get attributes, symlinks a line in a file, and what is above decides', () => {
  using folder = temporaryFolder();
  const [below, above] = [folder.join('below'), folder.join('above')];
  const xattrs = new Map<string, Map<string, Buffer>>();
  for (const layer of [below, above, folder.join('below/folder')]) mkdirSync(layer);
  for (const name of ['below/folder/link', 'below/kept', 'below/replaced', 'below/roots'])
    symlinkSync('x', folder.join(name));
  const notes = new OwnerNotes(bytePath(below));
  const at = (name: string): string => bytePath(folder.join(`below/${name}`));
  for (const name of ['folder/link', 'kept', 'replaced', 'roots', 'gone'])
    notes.note(entry('symlink', 1000, 50), at(name), xattrs);
  notes.note(entry('symlink', 0, 0), at('roots'), xattrs);
  notes.note(entry('file', 7, 8), at('file'), xattrs);
  notes.save();
  writeFileSync(folder.join('above/replaced'), '');
  writeFileSync(folder.join('above/folder'), '');
  assert.deepEqual(decodeOwner(xattrs.get(at('file'))!.get(OWNER_RECORD)!), { uid: 7, gid: 8 });
  assert.deepEqual(notedOwners([above, below]), new Map([['kept', { uid: 1000, gid: 50 }]]));
  assert.deepEqual(notedOwners([above]), new Map());
});

test('a file that a crash of the machine cut off tells nothing', () => {
  using folder = temporaryFolder();
  mkdirSync(folder.join('layer'));
  writeFileSync(folder.join('layer.owners'), '[["link",10');
  assert.deepEqual(notedOwners([folder.join('layer')]), new Map());
});
