import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { SlipwayError } from '@slipway/core';
import type { Descriptor } from '../descriptor.ts';
import { type Digest, digestHex, digestOf } from '../digest.ts';
import { freeMemory } from '../free-memory.ts';
import { runLimited } from '../run-limited.ts';
import type { BlobSource } from '../store/content-store.ts';
import { ignoreMissing } from '../store/ingest.ts';
import { explainDiskError } from '../store/store-full.ts';
import { findUnfinished, removeUnfinished, temporaryName } from '../store/unfinished.ts';
import { applyInPassing, applyLayer } from './apply.ts';
import { BackgroundSync } from './background-sync.ts';
import { extendChain } from './chain-id.ts';
import { DecompressThreads } from './decompress-threads.ts';
import { currentBoot, type LayerRecord, readLayerRecord, writeLayerRecord } from './layer-record.ts';
import { layerTar } from './layer-tar.ts';
import type { UnpackingLayer } from './unpacking-layer.ts';

/** A layer of an image: its blob, and the digest of its uncompressed tar stream. */
export interface ImageLayer {
  readonly diffId: Digest;
  readonly descriptor: Descriptor;
}

/** An unpacked layer of the store. */
export interface StoredLayer {
  readonly chainId: Digest;
  readonly folder: string;
  /** When it was last asked for. */
  readonly used: Date;
}

interface UnpackJob {
  readonly layer: ImageLayer;
  readonly chain: Digest;
  readonly parent: Digest | undefined;
  readonly threads: DecompressThreads;
}

/**
 * Folder names are short, so that the lowerdir option of 127 layers, given relative to the root, fits the 4096 bytes that
 * mount(2) takes. Nobody can make another layer whose chain ID has the same 96 bits.
 */
const NAME_LENGTH = 24;
const NAME = /^[0-9a-f]{24}$/;
const CONTENT = 'fs';
const RECORD = 'layer.json';
/** Layers of an image at a time: decompression is in other threads, and the writing of all in this one. */
const PARALLEL = 3;
/** A container that starts now should not wait for the disk. */
const SYNC_DELAY_MS = 3000;

/**
 * Unpacked layers by chain ID: `<root>/<24 hex>/fs`, shared read-only by all containers and builds. A layer is unpacked into a
 * temporary folder and renamed, so that several processes may share a store and a crash leaves no half layer.
 */
export class LayerStore {
  readonly root: string;
  readonly #blobs: BlobSource;
  readonly #running = new Map<Digest, Promise<string>>();
  readonly #boot: string = currentBoot();
  readonly #background = new BackgroundSync(SYNC_DELAY_MS);
  #prepared: Promise<void> | undefined;

  constructor(root: string, blobs: BlobSource) {
    this.root = root;
    this.#blobs = blobs;
  }

  /**
   * Makes sure that the layers (lowest first) are unpacked. Returns their folders topmost first, as overlayfs wants them.
   * Throws BLOB_UNKNOWN, LAYER_CORRUPT, DIFF_ID_MISMATCH, TAR_*, STORE_FULL.
   */
  async unpack(layers: readonly ImageLayer[], signal?: AbortSignal): Promise<string[]> {
    signal?.throwIfAborted();
    const failed = new AbortController();
    const both = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
    const jobs = layers.map(() => Promise.withResolvers<string>());
    for (const { promise } of jobs) promise.catch(() => {}); // The first failure is thrown below.
    const folders = (count: number): Promise<string[]> =>
      Promise.all(jobs.slice(0, count).map(({ promise }) => promise)).then((lower) => lower.reverse());
    const chains: Digest[] = [];
    for (const { diffId } of layers) chains.push(extendChain(chains.at(-1), diffId));
    await using threads = new DecompressThreads(this.#blobs);
    // The lowest are begun first, so that none waits for one that nobody has begun.
    await runLimited([...layers.keys()], PARALLEL, async (index) => {
      const layer = layers[index]!;
      const job = { layer, chain: chains[index]!, parent: chains[index - 1], threads };
      const unpack = (): Promise<string> => {
        const lower = folders(index);
        lower.catch(() => {}); // Also where it fails before anybody waits for them.
        return this.#unpackOne(job, index === 0 ? [] : lower, both);
      };
      try {
        both.throwIfAborted();
        jobs[index]!.resolve(await this.#once(job.chain, unpack));
      } catch (error) {
        jobs[index]!.reject(error);
        failed.abort(error);
        throw failed.signal.reason; // What went wrong first, not what that stopped.
      }
    });
    return await folders(layers.length);
  }

  /** The folder of an unpacked layer; undefined when it is not there. */
  async find(chain: Digest): Promise<string | undefined> {
    const place = this.#place(chain);
    const record = await readLayerRecord(join(place, RECORD));
    if (record?.chainId !== chain || (!record.synced && record.boot !== this.#boot)) return undefined;
    const now = new Date();
    const there = await utimes(place, now, now).then(
      () => true,
      (error) => ignoreMissing(error) ?? false,
    );
    if (!there) return undefined; // removed in this moment
    if (!record.synced) this.#sync(place, record);
    return join(place, CONTENT);
  }

  /**
   * Takes the upper folder of an overlay mounted with `userxattr` as the unpacked layer `diffId` on top of `parentChain`. The
   * folder is moved; nothing may be mounted on it. Returns its place in the store.
   */
  async adopt(parentChain: Digest | undefined, diffId: Digest, folder: string): Promise<string> {
    const chain = extendChain(parentChain, diffId);
    const place = await this.#once(chain, async () => {
      const temporary = await this.#temporary();
      await moveFolder(folder, join(temporary, CONTENT)).catch(async (error) => {
        await removeFolder(temporary);
        throw explainDiskError(error, this.root);
      });
      return this.#publish(temporary, {
        chainId: chain,
        diffId,
        parent: parentChain,
        boot: this.#boot,
        synced: false,
      });
    });
    await removeFolder(folder); // still there when the store had the layer already
    return place;
  }

  /**
   * Begins a layer that is unpacked while it is made, on top of `parentChain`, whose unpacked layers are `lower`, topmost first:
   * its files need not be decompressed, verified and read again.
   */
  async begin(
    parentChain: Digest | undefined,
    lower: readonly string[],
    signal?: AbortSignal,
  ): Promise<UnpackingLayer> {
    const temporary = await this.#temporary();
    return {
      through: (tar) => applyInPassing(join(temporary, CONTENT), tar, { lower, signal }),
      publish: (diffId) => {
        const chain = extendChain(parentChain, diffId);
        const record = { chainId: chain, diffId, parent: parentChain, boot: this.#boot, synced: false };
        return this.#once(chain, () => this.#publish(temporary, record));
      },
      [Symbol.asyncDispose]: () => removeFolder(temporary), // gone where it was published
    };
  }

  /**
   * Removes an unpacked layer, which must not be in use; false when there was none, or when, with `unusedSince`, somebody asked
   * for it from then on.
   */
  async remove(chain: Digest, options: { readonly unusedSince?: Date } = {}): Promise<boolean> {
    return this.#removeName(nameOf(chain), options.unusedSince);
  }

  /** Removes every layer but these, and what crashed processes left. The caller knows that none of them is in use. */
  async prune(keep: ReadonlySet<Digest>): Promise<Digest[]> {
    await this.#prepare();
    const kept = new Set([...keep].map(nameOf));
    const removed: Digest[] = [];
    for (const name of (await this.#names()).filter((entry) => !kept.has(entry))) {
      const record = await readLayerRecord(join(this.root, name, RECORD));
      if ((await this.#removeName(name)) && record) removed.push(record.chainId);
    }
    return removed;
  }

  /** The unpacked layers, in no order. */
  async *list(): AsyncGenerator<StoredLayer, void> {
    await this.#prepare();
    for (const name of await this.#names()) {
      const place = join(this.root, name);
      const record = await readLayerRecord(join(place, RECORD));
      const found = record && (await stat(place).catch(ignoreMissing));
      if (record && found) yield { chainId: record.chainId, folder: join(place, CONTENT), used: found.mtime };
    }
  }

  /** Within this process a layer is made once, however many ask for it. */
  async #once(chain: Digest, make: () => Promise<string>): Promise<string> {
    for (let running = this.#running.get(chain); running; running = this.#running.get(chain)) {
      // Another caller's failure (its abort, for example) is not ours: then we try ourselves.
      const folder = await running.catch(() => undefined);
      if (folder !== undefined) return folder;
    }
    const making = this.find(chain).then((found) => found ?? make());
    this.#running.set(chain, making);
    return making.finally(() => this.#running.delete(chain));
  }

  async #unpackOne(
    { layer, chain, parent, threads }: UnpackJob,
    lower: readonly string[] | Promise<readonly string[]>,
    signal: AbortSignal,
  ): Promise<string> {
    const temporary = await this.#temporary();
    try {
      const tar = layerTar(this.#blobs, threads, layer, signal);
      await applyLayer(join(temporary, CONTENT), freed(tar), { lower, signal });
    } catch (error) {
      await removeFolder(temporary);
      throw error;
    }
    return this.#publish(temporary, {
      chainId: chain,
      diffId: layer.diffId,
      parent,
      boot: this.#boot,
      synced: false,
    });
  }

  async #publish(temporary: string, record: LayerRecord): Promise<string> {
    const place = this.#place(record.chainId);
    try {
      await writeLayerRecord(join(temporary, RECORD), record);
      while (!(await moveInto(temporary, place))) {
        // Another process was faster; or what is there became doubtful in a crash of the machine.
        const found = await this.find(record.chainId);
        if (found !== undefined) {
          await removeFolder(temporary);
          return found;
        }
        await this.#removeName(nameOf(record.chainId));
      }
    } catch (error) {
      await removeFolder(temporary);
      throw explainDiskError(error, this.root);
    }
    this.#sync(place, record);
    return join(place, CONTENT);
  }

  /** Notes when the layer has reached the disk; until then a crash of the machine makes it doubtful. */
  #sync(place: string, record: LayerRecord): void {
    this.#background.request(place, () => writeLayerRecord(join(place, RECORD), { ...record, synced: true }));
  }

  async #temporary(): Promise<string> {
    await this.#prepare();
    const folder = join(this.root, temporaryName());
    await mkdir(folder, { mode: 0o755 }).catch((error) => {
      throw explainDiskError(error, this.root);
    });
    return folder;
  }

  #prepare(): Promise<void> {
    this.#prepared ??= this.#makeFolders().catch((error) => {
      this.#prepared = undefined;
      throw explainDiskError(error, this.root);
    });
    return this.#prepared;
  }

  async #makeFolders(): Promise<void> {
    await mkdir(this.root, { recursive: true });
    for (const path of await findUnfinished([this.root])) await removeUnfinished(path);
  }

  async #names(): Promise<string[]> {
    return (await readdir(this.root)).filter((name) => NAME.test(name));
  }

  async #removeName(name: string, unusedSince?: Date): Promise<boolean> {
    const place = join(this.root, name);
    const isUsed = async (folder: string): Promise<boolean> => {
      const found = unusedSince && (await stat(folder).catch(ignoreMissing));
      return found !== undefined && found.mtime >= unusedSince!;
    };
    if (await isUsed(place)) return false;
    const doomed = await this.#temporary();
    const moved = await rename(place, doomed).then(
      () => true,
      (error) => ignoreMissing(error) ?? false,
    );
    // Asked for since we looked: back with it, unless there is a new one already.
    if (moved && (await isUsed(doomed)) && (await moveInto(doomed, place))) return false;
    await removeFolder(doomed);
    return moved;
  }

  #place(chain: Digest): string {
    return join(this.root, nameOf(chain));
  }
}

/** A chain ID of one layer is that layer's digest, in whatever algorithm; hashing it again makes all names alike. */
function nameOf(chain: Digest): string {
  return digestHex(digestOf(chain)).slice(0, NAME_LENGTH);
}

async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 2 });
}

async function moveFolder(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error;
    const message = `${from} is not on the file system of the layer store ${to}`;
    throw new SlipwayError('invalid', 'LAYER_ELSEWHERE', message, {
      hint: 'put the overlay upper folders beside the store',
    });
  }
}

/** Renames a folder; false when the place is taken. */
async function moveInto(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    const taken =
      error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST');
    if (taken) return false;
    throw error;
  }
}

async function* freed(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  for await (const piece of pieces) {
    yield piece;
    freeMemory(piece);
  }
}
