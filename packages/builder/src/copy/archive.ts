import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { SlipwayError } from '@slipway/core';
import { readTar } from '@slipway/oci';

type Compression = { readonly magic: readonly number[] } & (
  | { readonly decompress: () => Duplex; readonly program?: undefined }
  | { readonly program: string }
);

/** The compressions that docker's ADD knows, by the bytes that a file begins with. */
const COMPRESSIONS: readonly Compression[] = [
  { magic: [0x1f, 0x8b, 0x08], decompress: () => createGunzip() },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], decompress: () => createZstdDecompress() },
  { magic: [0x42, 0x5a, 0x68], program: 'bzip2' },
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], program: 'xz' },
];

/** Whether the file is a tar archive, compressed or not, as docker's ADD decides it: by its content, not its name. */
export async function isArchive(file: string): Promise<boolean> {
  try {
    for await (const { entry } of readTar(await openArchive(file))) {
      return entry.name.length > 0;
    }
    return false;
  } catch {
    return false; // Not an archive, or one that is broken from its first header: docker copies it as it is.
  }
}

/** The archive's tar, decompressed. Throws ADD_PROGRAM where a compression's program is missing or fails. */
export async function openArchive(file: string): Promise<AsyncIterable<Uint8Array>> {
  const head = await readHead(file);
  const compression = COMPRESSIONS.find(({ magic }) => magic.every((byte, at) => head[at] === byte));
  if (compression?.program !== undefined) return runDecompressor(compression.program, file);
  const raw = createReadStream(file, { highWaterMark: 1 << 18 });
  return compression === undefined ? raw : raw.compose(compression.decompress());
}

async function readHead(file: string): Promise<Buffer> {
  await using handle = await open(file);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0);
  return buffer.subarray(0, bytesRead);
}

async function* runDecompressor(program: string, file: string): AsyncGenerator<Uint8Array, void> {
  await using handle = await open(file);
  const child = spawn(program, ['-dc'], { stdio: [handle.fd, 'pipe', 'ignore'] });
  const failed = (message: string): SlipwayError => new SlipwayError('unsupported', 'ADD_PROGRAM', message);
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', () =>
      reject(failed(`the archive needs the program ${program}, which is not on this machine`)),
    );
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(failed(`${program} cannot decompress ${file}`)),
    );
  });
  ended.catch(() => {}); // A reader that stops early does not want to know.
  try {
    yield* child.stdout!;
    await ended;
  } finally {
    child.kill();
  }
}
