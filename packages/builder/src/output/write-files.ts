import { constants, createWriteStream } from 'node:fs';
import { copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type ContentStore, type TarEntry, TarWriter } from '@slipway/oci';
import { ChunkChannel } from '../copy/chunk-channel.ts';
import type { ImageFile } from './image-files.ts';

/** Writes the files below a folder; a file that is there is replaced. */
export async function writeFolder(
  folder: string,
  files: readonly ImageFile[],
  store: ContentStore,
): Promise<void> {
  for (const file of files) {
    const path = join(folder, file.name);
    await mkdir(dirname(path), { recursive: true });
    if ('content' in file) await writeFile(path, file.content);
    else await copyFile(store.path(file.blob.digest), path, constants.COPYFILE_FICLONE);
  }
}

/** The files as a tar, blobs streamed from the store. */
export function tarOf(files: readonly ImageFile[], store: ContentStore): AsyncIterable<Uint8Array> {
  return ChunkChannel.from(async (write) => {
    const writer = new TarWriter(write);
    for (const file of files) {
      if ('content' in file) {
        const content = Buffer.from(file.content);
        await writer.add(
          entry(file.name, content.length),
          (async function* () {
            yield content;
          })(),
        );
      } else {
        await writer.add(entry(file.name, file.blob.size), await store.open(file.blob.digest));
      }
    }
    await writer.finish();
  });
}

function entry(name: string, size: number): TarEntry {
  return { name: Buffer.from(name), type: 'file', mode: 0o644, uid: 0, gid: 0, size, mtimeNs: 0n };
}

/** Streams into a file, which appears whole or not at all, or into standard output for `-`. */
export async function writeStream(
  dest: string,
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  if (dest === '-') return await pipeline(chunks, process.stdout, { end: false, signal });
  await mkdir(dirname(dest), { recursive: true });
  const part = `${dest}.part`;
  try {
    await pipeline(chunks, createWriteStream(part), { signal });
    await rename(part, dest);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
