import { SlipwayError } from '@slipway/core';
import { type TarEntry, TarWriter } from '@slipway/oci';
import { pathText } from './byte-path.ts';
import { ChunkChannel } from './chunk-channel.ts';
import { FileReader, SMALL_FILE } from './file-reader.ts';
import { fileBytes, type LayerEntry } from './layer-entry.ts';

export interface CopyLayerOptions {
  /** SOURCE_DATE_EPOCH in seconds: later times become this one. */
  readonly sourceDateEpoch?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The layer's tar, in chunks that are good until the next is asked for; read straight from where the files are: nothing is copied into a root filesystem on the way.
 * Throws COPY_SOURCE_CHANGED where a file shrinks or grows meanwhile.
 */
export function copyLayer(
  entries: Iterable<LayerEntry>,
  options: CopyLayerOptions = {},
): AsyncIterable<Uint8Array> {
  return ChunkChannel.from(
    async (write) => {
      const writer = new TarWriter(write);
      const reader = new FileReader();
      for (const entry of entries) {
        options.signal?.throwIfAborted();
        await writer.add(
          tarEntry(entry, options.sourceDateEpoch),
          entry.type === 'file' ? body(entry, reader) : undefined,
        );
      }
      await writer.finish();
    },
    { reuse: true },
  );
}

function tarEntry(entry: LayerEntry, epoch: number | undefined): TarEntry {
  const { target, type, mode, uid, gid, size, link, device, xattrs } = entry;
  // Whole seconds, as docker has them.
  const seconds = entry.mtimeNs / 1_000_000_000n;
  const time = epoch !== undefined && seconds > BigInt(epoch) ? BigInt(epoch) : seconds;
  return {
    name: Buffer.from(type === 'directory' ? `${target}/` : target, 'latin1'),
    type,
    mode,
    uid,
    gid,
    size,
    mtimeNs: time * 1_000_000_000n,
    ...(link === undefined ? {} : { linkname: Buffer.from(link, 'latin1') }),
    ...(device === undefined ? {} : { devmajor: device.major, devminor: device.minor }),
    ...(xattrs === undefined ? {} : { xattrs }),
  };
}

async function* body(entry: LayerEntry, reader: FileReader): AsyncIterable<Uint8Array> {
  let left = entry.size;
  for await (const chunk of contentOf(entry, reader)) {
    left -= chunk.length;
    if (left < 0) break;
    yield chunk;
  }
  if (left === 0) return;
  throw new SlipwayError(
    'conflict',
    'COPY_SOURCE_CHANGED',
    `/${pathText(entry.target)} changed while it was copied`,
    {
      hint: 'build again when nothing writes to the context',
    },
  );
}

function contentOf(entry: LayerEntry, reader: FileReader): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (entry.content) return [entry.content];
  if (entry.size <= SMALL_FILE) return [reader.small(fileBytes(entry))];
  return reader.large(fileBytes(entry));
}
