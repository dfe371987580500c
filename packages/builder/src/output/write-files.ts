import { constants, createWriteStream } from 'node:fs';
import { copyFile, mkdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { SlipwayError } from '@slipway/core';
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

/**
 * Streams into a file, which appears whole or not at all; into a device or a pipe as it is; into standard output for `-`.
 * Throws OUTPUT_FOLDER.
 */
export async function writeStream(
  dest: string,
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  if (dest === '-') return await pipeline(chunks, process.stdout, { end: false, signal });
  const found = await stat(dest).catch(() => undefined);
  if (found?.isDirectory())
    throw new SlipwayError('usage', 'OUTPUT_FOLDER', `${dest} is a folder; this output is a file`);
  // Renaming onto a device would take the device away.
  if (found !== undefined && !found.isFile())
    return await pipeline(chunks, createWriteStream(dest, { flags: 'r+' }), { signal });
  const file = found === undefined ? dest : await realpath(dest);
  await mkdir(dirname(file), { recursive: true });
  const part = `${file}.part`;
  try {
    await pipeline(chunks, createWriteStream(part), { signal });
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true }).catch(() => {}); // Where it could not be made.
    throw error;
  }
}
