// Reads or unpacks a generated archive of very many empty members, and prints what it took:
// node read-many.ts <count> read | same-files | folders | add

import { applyLayer, readTar } from '@slipway/oci';
import { temporaryFolder } from '@slipway/testkit';

const count = Number(process.argv[2]);
const how = process.argv[3] ?? 'read';

/** One ustar header; its name and checksum are written over for each member. */
function header(type: '0' | '5'): Buffer {
  const block = Buffer.alloc(512);
  // mode, uid, gid, size, mtime, checksum (POSIX ustar)
  const fields = ['0000644', '0000000', '0000000', '00000000000', '00000000000'];
  block.write(fields.map((field) => `${field}\0`).join(''), 100, 'latin1');
  block.fill(' ', 148, 156).write(type, 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  return block;
}

async function* archive(
  nameOf: (index: number) => string,
  type: '0' | '5',
): AsyncGenerator<Uint8Array, void> {
  const block = header(type);
  const PER_CHUNK = 128;
  for (let index = 0; index < count; ) {
    const chunk = Buffer.alloc(512 * Math.min(PER_CHUNK, count - index));
    for (let at = 0; at < chunk.length; at += 512, index += 1) {
      block.fill(0, 0, 100).write(nameOf(index), 'latin1');
      let sum = 8 * 0x20;
      for (let byte = 0; byte < 512; byte += 1) if (byte < 148 || byte >= 156) sum += block[byte]!;
      block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
      block.copy(chunk, at);
    }
    yield chunk;
  }
  yield Buffer.alloc(1024);
}

const started = performance.now();
if (how === 'read') {
  let members = 0;
  for await (const _ of readTar(archive((index) => `folder-${index % 1000}/file-${index}`, '0')))
    members += 1;
  if (members !== count) throw new Error(`${members} members were read`);
} else {
  using folder = temporaryFolder();
  const names: Record<string, (index: number) => string> = {
    'same-files': (index) => `file-${index % 1000}`,
    folders: (index) => `folder-${index}/`,
  };
  await applyLayer(folder.path, archive(names[how]!, how === 'folders' ? '5' : '0'));
}
const seconds = (performance.now() - started) / 1000;
process.stdout.write(
  `${JSON.stringify({ count, how, seconds, peakMiB: process.resourceUsage().maxRSS / 1024 })}\n`,
);
