import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeHeader } from './encode.ts';
import type { TarEntry } from './entry.ts';
import { TarParser } from './parser.ts';
import { formatPaxRecord } from './pax.ts';
import { TAR_END } from './writer.ts';

const file: TarEntry = {
  name: Buffer.from('f'),
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 0,
  mtimeNs: 0n,
};

/** A header whose fields are overwritten after it was made; the checksum is set right again. */
function header(
  entry: TarEntry,
  patches: readonly (readonly [offset: number, bytes: string | Buffer])[] = [],
): Buffer {
  const block = Buffer.from(encodeHeader(entry));
  for (const [offset, bytes] of patches) Buffer.from(bytes as string, 'latin1').copy(block, offset);
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** A member of a type that the encoder does not write, with its content. */
function special(flag: string, content: Buffer, size: number = content.length): Buffer {
  const padded = Buffer.alloc(Math.ceil(content.length / 512) * 512);
  content.copy(padded);
  const sizeText = `${size.toString(8).padStart(11, '0')}\0`;
  return Buffer.concat([
    header(file, [
      [124, sizeText],
      [156, flag],
    ]),
    padded,
  ]);
}

const pax = (records: Record<string, string>): Buffer =>
  special(
    'x',
    Buffer.concat(Object.entries(records).map(([key, value]) => formatPaxRecord(key, Buffer.from(value)))),
  );

function parse(bytes: Buffer): number {
  const parser = new TarParser();
  let events = 0;
  for (const event of parser.feed(bytes)) {
    events += 1;
    assert.ok(event.kind !== 'hole' || event.length >= 0);
  }
  parser.finish();
  return events;
}

const SIZE = 124;
const attacks: [attack: string, archive: Buffer, code: string][] = [
  ['a gzip file', Buffer.alloc(512, '\x1f\x8b', 'latin1'), 'TAR_CHECKSUM'],
  ['a damaged header', Buffer.concat([header(file).fill('x', 0, 5)]), 'TAR_CHECKSUM'],
  ['half a header', header(file).subarray(0, 300), 'TAR_TRUNCATED'],
  ['content that is missing', header({ ...file, size: 1000 }), 'TAR_TRUNCATED'],
  [
    'padding that is missing',
    Buffer.concat([header({ ...file, size: 3 }), Buffer.from('abc')]),
    'TAR_TRUNCATED',
  ],
  ['a PAX header without a member', pax({ path: 'x' }), 'TAR_TRUNCATED'],
  ['a long name without a member', special('L', Buffer.from('name\0')), 'TAR_TRUNCATED'],
  ['a negative size', header(file, [[SIZE, Buffer.alloc(12, 0xff)]]), 'TAR_HEADER'],
  [
    'a size over 2^53',
    header(file, [[SIZE, Buffer.concat([Buffer.from([0x80]), Buffer.alloc(11, 0x7f)])]]),
    'TAR_HEADER',
  ],
  ['a size that is no number', header(file, [[SIZE, 'many bytes!!']]), 'TAR_HEADER'],
  ['a negative size in PAX', Buffer.concat([pax({ size: '-1' }), header(file)]), 'TAR_HEADER'],
  ['a size in PAX that is no number', Buffer.concat([pax({ size: '0x10' }), header(file)]), 'TAR_HEADER'],
  ['a time in PAX that is no number', Buffer.concat([pax({ mtime: 'now' }), header(file)]), 'TAR_HEADER'],
  ['a name with a NUL byte', Buffer.concat([pax({ path: 'a\0b' }), header(file)]), 'TAR_NAME'],
  [
    'a link target with a NUL byte',
    Buffer.concat([pax({ linkpath: 'a\0b' }), header({ ...file, type: 'symlink' })]),
    'TAR_NAME',
  ],
  ['a PAX record longer than its header', special('x', Buffer.from('999 path=x\n')), 'TAR_HEADER'],
  ['a PAX record of length 0', special('x', Buffer.from('0 path=x\n')), 'TAR_HEADER'],
  ['a PAX record without a length', special('x', Buffer.from('path=x\n')), 'TAR_HEADER'],
  ['a PAX record without a key', special('x', Buffer.from('5 =x\n')), 'TAR_HEADER'],
  ['a PAX header of 1 GiB', special('x', Buffer.alloc(0), 2 ** 30), 'TAR_LIMIT'],
  ['a long name of 1 GiB', special('L', Buffer.alloc(0), 2 ** 30), 'TAR_LIMIT'],
  ['a member type of the future', header(file, [[156, 'Z']]), 'TAR_TYPE'],
  ['members after a lone zero block', Buffer.concat([Buffer.alloc(512), header(file)]), 'TAR_HEADER'],
  [
    'a sparse map larger than its file',
    Buffer.concat([
      pax({ 'GNU.sparse.realsize': '10', 'GNU.sparse.map': '0,100' }),
      header({ ...file, size: 100 }),
    ]),
    'TAR_HEADER',
  ],
  [
    'a sparse map with overlapping pieces',
    Buffer.concat([
      pax({ 'GNU.sparse.size': '100', 'GNU.sparse.map': '0,50,25,50' }),
      header({ ...file, size: 100 }),
    ]),
    'TAR_HEADER',
  ],
  [
    'a sparse map that does not match its content',
    Buffer.concat([
      pax({ 'GNU.sparse.size': '100', 'GNU.sparse.map': '0,50' }),
      header({ ...file, size: 100 }),
    ]),
    'TAR_SIZE',
  ],
  [
    'a sparse map with half a piece',
    Buffer.concat([pax({ 'GNU.sparse.size': '100', 'GNU.sparse.map': '0' }), header(file)]),
    'TAR_HEADER',
  ],
  [
    'a sparse map that promises a billion pieces',
    Buffer.concat([
      pax({ 'GNU.sparse.major': '1', 'GNU.sparse.realsize': '10' }),
      header({ ...file, size: 512 }),
      Buffer.alloc(512, '1000000000\n'),
    ]),
    'TAR_LIMIT',
  ],
  [
    'a sparse map that never ends',
    Buffer.concat([
      pax({ 'GNU.sparse.major': '1', 'GNU.sparse.realsize': '10' }),
      header({ ...file, size: 512 }),
      Buffer.alloc(512, '9'),
    ]),
    'TAR_HEADER',
  ],
  [
    'an old sparse file that is larger than 2^53',
    header(file, [
      [156, 'S'],
      [483, Buffer.concat([Buffer.from([0x80]), Buffer.alloc(11, 0xff)])],
    ]),
    'TAR_HEADER',
  ],
];

for (const [attack, archive, code] of attacks) {
  test(`refused: ${attack}`, () => {
    assert.throws(() => parse(archive), { code, kind: 'invalid' });
  });
}

test('global headers that grow without end are refused', () => {
  const parser = new TarParser();
  assert.throws(
    () => {
      for (let index = 0; index < 100; index++) {
        const record = formatPaxRecord(`comment${index}`, Buffer.alloc(500_000, 'x'));
        for (const _ of parser.feed(special('g', record)));
      }
    },
    { code: 'TAR_LIMIT' },
  );
});

test('a million empty members take constant memory', () => {
  const parser = new TarParser();
  const block = header(file);
  const chunk = Buffer.concat(Array.from({ length: 1000 }, () => block));
  let entries = 0;
  for (let round = 0; round < 1000; round++) {
    for (const event of parser.feed(chunk)) if (event.kind === 'entry') entries += 1;
  }
  assert.equal(entries, 1_000_000);
});

test('a file of an exabyte is a header and nothing more', () => {
  const archive = Buffer.concat([
    pax({ 'GNU.sparse.size': String(2 ** 52), 'GNU.sparse.map': '' }),
    header(file),
    TAR_END,
  ]);
  assert.equal(parse(archive), 3);
});

test('random bytes after a right header are parsed or refused, never anything else', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 512 }),
      fc.constantFrom('x', 'g', 'L', 'K', 'S', '0'),
      (noise, flag) => {
        try {
          parse(Buffer.concat([special(flag, Buffer.from(noise)), header(file)]));
        } catch (error) {
          assert.equal((error as { kind?: string }).kind, 'invalid', String(error));
        }
      },
    ),
    { numRuns: 2000 },
  );
});
