import { type ChildProcess, spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Duplex, type Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { SlipwayError } from '@slipway/core';
import { readTar } from '@slipway/oci';

/** The compressions that docker's ADD knows, by the bytes that a file begins with. */
const COMPRESSIONS: readonly {
  readonly name: string;
  readonly magic: readonly number[];
  readonly decompress: () => Duplex;
}[] = [
  { name: 'gzip', magic: [0x1f, 0x8b, 0x08], decompress: () => createGunzip() },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd], decompress: () => createZstdDecompress() },
  { name: 'bzip2', magic: [0x42, 0x5a, 0x68], decompress: () => program('bzip2') },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], decompress: () => program('xz') },
];

/** Whether the file is a tar archive, compressed or not, as docker's ADD decides it: by its content, not its name. */
export async function isArchive(file: string): Promise<boolean> {
  const source = await openArchive(file);
  try {
    for await (const { entry } of readTar(source)) {
      return entry.name.length > 0;
    }
    return false;
  } catch {
    return false; // Not an archive, or one that is broken from its first header: docker copies it as it is.
  } finally {
    source.destroy();
  }
}

/** The archive's tar, decompressed. */
export async function openArchive(file: string): Promise<Readable> {
  const head = await readHead(file);
  const compression = COMPRESSIONS.find(({ magic }) => magic.every((byte, at) => head[at] === byte));
  const raw = createReadStream(file, { highWaterMark: 1 << 18 });
  return compression === undefined ? raw : raw.compose(compression.decompress());
}

async function readHead(file: string): Promise<Buffer> {
  await using handle = await open(file);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0);
  return buffer.subarray(0, bytesRead);
}

function program(name: string): Duplex {
  const child: ChildProcess = spawn(name, ['-dc'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const stream = Duplex.from({ writable: child.stdin!, readable: child.stdout! });
  child.once('error', () =>
    stream.destroy(
      new SlipwayError(
        'unsupported',
        'ADD_PROGRAM',
        `the archive needs the program ${name}, which is not on this machine`,
      ),
    ),
  );
  return stream;
}
