import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBinfmt, registration, takes } from './binfmt.ts';
import { elfMagic } from './elf-magic.ts';

// As a kernel shows what Debian's qemu-user-static registers.
const ENTRY = `enabled
interpreter /usr/libexec/qemu-binfmt/aarch64-binfmt-P
flags: POF
offset 0
magic 7f454c460201010000000000000000000200b700
mask ffffffffffffff00fffffffffffffffffeffffff
`;

test('an entry takes the programs of its architecture and no others', () => {
  const entry = parseBinfmt('qemu-aarch64', ENTRY)!;
  assert.deepEqual(
    [entry.enabled, entry.flags, entry.interpreter],
    [true, 'POF', '/usr/libexec/qemu-binfmt/aarch64-binfmt-P'],
  );
  assert.ok(takes(entry, elfMagic('arm64')!));
  for (const other of ['amd64', 'arm', '386', 'riscv64', 's390x', 'ppc64le', 'mips64le', 'loong64'])
    assert.ok(!takes(entry, elfMagic(other)!), other);
});

test('an entry for file names is none for programs', () => {
  assert.equal(
    parseBinfmt('jar', 'enabled\ninterpreter /usr/bin/jexec\nflags: \nextension .jar\n'),
    undefined,
  );
  assert.equal(parseBinfmt('gone', ''), undefined);
  assert.equal(parseBinfmt('off', ENTRY.replace('enabled', 'disabled'))?.enabled, false);
});

test('the line of a registration', () => {
  assert.equal(
    registration('slipway-s390x', elfMagic('s390x')!, '/usr/bin/qemu-s390x-static'),
    String.raw`:slipway-s390x:M::\x7f\x45\x4c\x46\x02\x02\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x16:` +
      String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff:/usr/bin/qemu-s390x-static:PF`,
  );
});
