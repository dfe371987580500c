import { createReadStream, readFileSync } from 'node:fs';
import { SlipwayError } from '@slipway/core';
import { type TarEntry, TarWriter } from '@slipway/oci';
import { pathText } from './byte-path.ts';
import { ChunkChannel } from './chunk-channel.ts';
import { fileBytes, type LayerEntry } from './layer-entry.ts';

/** Files up to this size are read in one call: a stream costs more than the reading. */
const SMALL_FILE = 128 * 1024;

export interface CopyLayerOptions {
  /** SOURCE_DATE_EPOCH in seconds: later times become this one. */
  readonly sourceDateEpoch?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The layer's tar, read straight from where the files are: nothing is copied into a root filesystem on the way.
 * Throws COPY_SOURCE_CHANGED where a file shrinks or grows meanwhile.
 */
export function copyLayer(
  entries: readonly LayerEntry[],
  options: CopyLayerOptions = {},
): AsyncIterable<Uint8Array> {
  return ChunkChannel.from(async (write) => {
    const writer = new TarWriter(write);
    for (const entry of entries) {
      options.signal?.throwIfAborted();
      await writer.add(
        tarEntry(entry, options.sourceDateEpoch),
        entry.type === 'file' ? body(entry) : undefined,
      );
    }
    await writer.finish();
  });
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

async function* body(entry: LayerEntry): AsyncIterable<Uint8Array> {
  let left = entry.size;
  for await (const chunk of contentOf(entry)) {
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

function contentOf(entry: LayerEntry): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (entry.content) return [entry.content];
  if (entry.size <= SMALL_FILE) return [readFileSync(fileBytes(entry))];
  return createReadStream(fileBytes(entry), { highWaterMark: 1 << 20 });
}
