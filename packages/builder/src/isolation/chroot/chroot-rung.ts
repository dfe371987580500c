import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { resolveUser } from '@slipway/containers';
import { SlipwayError } from '@slipway/core';
import { pathText } from '../../copy/byte-path.ts';
import { copyLayer } from '../../copy/copy-layer.ts';
import type { LayerEntry } from '../../copy/layer-entry.ts';
import type { Scratch } from '../../scratch.ts';
import type { IgnoredPaths } from '../ignored-paths.ts';
import { placeFiles } from '../place-files.ts';
import type { RootView, RunCommand, Rung, WritableRoot } from '../rung.ts';
import { runInChroot } from './chroot-program.ts';
import type { Confinement } from './confinement.ts';
import { Guests } from './guests.ts';
import { mergeLayer } from './merge-layer.ts';
import { type StatSnapshot, snapshotChanges, takeSnapshot } from './stat-snapshot.ts';

export interface ChrootRungOptions {
  readonly scratch: Scratch;
  readonly description: string;
  /** Keeps programs in their root; undefined where that is not to be had. */
  readonly confinement: Confinement | undefined;
  readonly sourceDateEpoch?: number | undefined;
  readonly ignored?: IgnoredPaths | undefined;
}

/** Folders whose content a RUN may change without changing the image. */
const NOT_OF_THE_IMAGE: ReadonlySet<string> = new Set(['dev', 'proc', 'sys']);

/**
 * The second rung, for root without the right to mount: layers are copied into one folder, programs run with it as their root,
 * and changes are found by comparing stat before and after. What keeps programs in there is said in `findConfinement`.
 */
export class ChrootRung implements Rung {
  readonly name = 'chroot';
  readonly description: string;
  readonly #options: ChrootRungOptions;
  /** Roots that nobody uses, by the topmost layer that is in them: the next step of a stage goes on in its root. */
  readonly #free = new Map<string, string>();

  constructor(options: ChrootRungOptions) {
    this.#options = options;
    this.description = options.description;
  }

  async view(lower: readonly string[]): Promise<RootView> {
    const path = await this.#root(lower);
    // What is one folder only is asked for by those who write there: nobody is to find that.
    if (lower.length === 1)
      return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
    return { path, [Symbol.asyncDispose]: async () => void this.#free.set(lower[0] ?? '', path) };
  }

  async open(lower: readonly string[]): Promise<WritableRoot> {
    return new ChrootRoot(await this.#root(lower), this.#options);
  }

  /** A root with exactly these layers: one that has the lower ones already gets the others on top. */
  async #root(lower: readonly string[]): Promise<string> {
    for (let missing = 0; missing < lower.length; missing++) {
      const free = this.#free.get(lower[missing]!);
      if (free === undefined) continue;
      this.#free.delete(lower[missing]!);
      for (const layer of lower.slice(0, missing).reverse()) await mergeLayer(layer, free);
      return free;
    }
    const root = await this.#options.scratch.subfolder('root');
    for (const layer of [...lower].reverse()) await mergeLayer(layer, root);
    return root;
  }
}

class ChrootRoot implements WritableRoot {
  readonly #root: string;
  readonly #options: ChrootRungOptions;
  #before: StatSnapshot | undefined;
  #restored: ReadonlySet<string> = new Set();

  constructor(root: string, options: ChrootRungOptions) {
    this.#root = root;
    this.#options = options;
  }

  async run(command: RunCommand): Promise<{ exitCode: number }> {
    if (command.network === 'none') {
      throw new SlipwayError(
        'unsupported',
        'ISOLATION_NETWORK',
        '--network=none needs a namespace, which this place forbids',
      );
    }
    this.#before = takeSnapshot(this.#root, NOT_OF_THE_IMAGE);
    const user = await resolveUser(this.#root, command.user);
    const { scratch } = this.#options;
    const files = await placeFiles(await scratch.subfolder('files'));
    const aside = join(scratch.folder, 'aside');
    using guests = await Guests.receive(this.#root, aside, [...files, ...command.mounts]);
    this.#restored = guests.displaced;
    return await runInChroot(this.#root, user, command, this.#options.confinement);
  }

  async changes(): Promise<AsyncIterable<Uint8Array> | undefined> {
    const after = takeSnapshot(this.#root, NOT_OF_THE_IMAGE);
    const before = this.#before ?? new Map();
    const changes: LayerEntry[] = await snapshotChanges(this.#root, before, after, this.#restored);
    const { sourceDateEpoch, ignored = () => false } = this.#options;
    const entries = changes.filter(({ target }) => !ignored(pathText(target)));
    return entries.length === 0 ? undefined : copyLayer(entries, { sourceDateEpoch });
  }

  adoptable(): string | undefined {
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#root, { recursive: true, force: true, maxRetries: 3 });
  }
}
