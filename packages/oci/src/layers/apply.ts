import { mkdir } from 'node:fs/promises';
import { SlipwayError } from '@slipway/core';
import { explainDiskError } from '../store/store-full.ts';
import { type TarEvent, TarParser } from '../tar/parser.ts';
import { asBuffer } from '../tar/read-tar.ts';
import { printableName } from '../tar/tar-error.ts';
import { abilities } from './abilities.ts';
import { bytePath } from './byte-path.ts';
import type { UnpackOptions } from './unpack-options.ts';
import { type LayerStats, LayerUnpacker } from './unpacker.ts';
import { mayApplyXattr } from './xattrs.ts';

export interface ApplyLayerOptions {
  /**
   * Unpacked layers below, topmost first: missing parents take mode and owner from them. Empty: this is the lowest layer. A
   * promise where they are unpacked at the same time; it must have a handler for its failure.
   */
  readonly lower?: readonly string[] | Promise<readonly string[]> | undefined;
  /**
   * Extended attributes of members. Default `apply`; overlayfs' own marks and host labels are never taken from a layer, nor
   * file capabilities where this process may not set them.
   */
  readonly xattrs?: 'apply' | 'ignore' | undefined;
  /**
   * Owners of members. Default: `apply` as root where there is more than one user, else `ignore`; as root of one id they are
   * recorded: as attributes, and of what takes none in the file `<folder>.owners`.
   */
  readonly owner?: 'apply' | 'ignore' | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Unpacks an uncompressed layer into a folder that becomes a lower folder of overlayfs mounted with `userxattr`: whiteouts are
 * character devices 0:0, or the form of Linux 6.7 where the folder takes no devices; opaque folders have `user.overlay.opaque=y`. Never writes outside of the folder. Devices that this
 * process may not make are left out and counted. Throws TAR_*, STORE_FULL, TOOL_MISSING; the folder is then unfinished.
 */
export async function applyLayer(
  folder: string,
  tar: AsyncIterable<Uint8Array>,
  options: ApplyLayerOptions = {},
): Promise<Readonly<LayerStats>> {
  const applying = applyInPassing(folder, tar, options);
  for (;;) {
    const { done, value } = await applying.next();
    if (done) return value;
  }
}

/** The layer's tar, each chunk handed on when it is unpacked as `applyLayer` does it; good until the next is asked for. */
export async function* applyInPassing(
  folder: string,
  tar: AsyncIterable<Uint8Array>,
  options: ApplyLayerOptions = {},
): AsyncGenerator<Uint8Array, Readonly<LayerStats>> {
  await mkdir(folder, { recursive: true });
  const unpacker = new LayerUnpacker(bytePath(folder), unpackOptions(options));
  const parser = new TarParser();
  const progress: Progress = { name: undefined };
  try {
    for await (const chunk of tar) {
      options.signal?.throwIfAborted();
      try {
        feed(unpacker, parser.feed(asBuffer(chunk)), progress);
      } catch (error) {
        throw explainUnpack(error, folder, progress);
      }
      yield chunk;
    }
    await finish(unpacker, parser, folder, progress);
  } finally {
    unpacker.close();
  }
  return unpacker.stats;
}

function unpackOptions({ lower, owner, xattrs, signal }: ApplyLayerOptions): UnpackOptions {
  const able = abilities();
  return {
    lower,
    applyOwner: owner === undefined ? able.chown : owner === 'apply',
    recordOwner: owner === undefined && able.oneId,
    takesXattr: (name) =>
      xattrs !== 'ignore' && mayApplyXattr(name) && (able.setfcap || name !== 'security.capability'),
    makeDevices: able.mknod,
    signal,
  };
}

interface Progress {
  /** The member that is being unpacked. */
  name: Buffer | undefined;
}

function feed(unpacker: LayerUnpacker, events: Iterable<TarEvent>, progress: Progress): void {
  for (const event of events) {
    if (event.kind === 'data') unpacker.data(event.bytes);
    else if (event.kind === 'end') unpacker.end();
    else if (event.kind === 'hole') unpacker.hole(event.length);
    else {
      progress.name = event.entry.name;
      unpacker.begin(event.entry);
    }
  }
}

async function finish(
  unpacker: LayerUnpacker,
  parser: TarParser,
  folder: string,
  progress: Progress,
): Promise<void> {
  try {
    parser.finish();
    await unpacker.finish();
  } catch (error) {
    throw explainUnpack(error, folder, progress);
  }
}

function explainUnpack(error: unknown, folder: string, { name }: Progress): unknown {
  const explained = explainDiskError(error, folder);
  const system = explained instanceof Error && 'syscall' in explained && 'code' in explained;
  if (explained instanceof SlipwayError || !system) return explained;
  const member = name === undefined ? '' : ` at "${printableName(name)}"`;
  const kind = explained.code === 'EPERM' || explained.code === 'EACCES' ? 'denied' : 'internal';
  return new SlipwayError(
    kind,
    'LAYER_UNPACK',
    `the layer cannot be unpacked into ${folder}${member}: ${explained.message}`,
    {
      cause: error,
    },
  );
}
