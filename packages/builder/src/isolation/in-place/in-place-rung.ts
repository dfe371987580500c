import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { resolveUser } from '@slipway/containers';
import { SlipwayError } from '@slipway/core';
import { bytePath, pathText } from '../../copy/byte-path.ts';
import { copyLayer } from '../../copy/copy-layer.ts';
import { resolveInRoot } from '../../copy/resolve-in-root.ts';
import { runInChroot } from '../chroot/chroot-program.ts';
import { ChrootRung, type ChrootRungOptions } from '../chroot/chroot-rung.ts';
import { Guests } from '../chroot/guests.ts';
import { type StatSnapshot, snapshotChanges, takeSnapshot } from '../chroot/stat-snapshot.ts';
import type { RootView, RunCommand, Rung, WritableRoot } from '../rung.ts';
import { ROOT, RootCleaner } from './clear-root.ts';
import { fillRoot } from './fill-root.ts';
import { HeldPaths, PLACE_FILES } from './held-paths.ts';
import { inPlaceStart } from './in-place-programs.ts';
import { ASIDE, forgetRun, noteRun } from './left-run.ts';
import type { OwnContainer } from './own-container.ts';

interface InPlaceRungOptions extends Omit<ChrootRungOptions, 'confinement'> {
  readonly container: OwnContainer;
  /** Absolute paths that are not the image's: the context, the store, what the caller still needs. */
  readonly held: readonly string[];
}

/**
 * The last rung, for root that may neither mount nor change its root: the layers are unpacked over the container's own root
 * folder and programs run in it, one at a time. What COPY reads is merged elsewhere, as in a chroot.
 */
export class InPlaceRung implements Rung {
  readonly name = 'in-place';
  readonly description: string;
  readonly #options: InPlaceRungOptions;
  readonly #views: ChrootRung;
  /** The chain ID of what is in the root folder, and nothing else is; undefined where that is not known. */
  #content: string | undefined;
  /** Resolved when the root folder is free. */
  #free: Promise<void> = Promise.resolve();

  constructor(options: InPlaceRungOptions) {
    this.#options = options;
    this.description = options.description;
    this.#views = new ChrootRung({ ...options, confinement: undefined });
  }

  async view(lower: readonly string[]): Promise<RootView> {
    return await this.#views.view(lower);
  }

  /** Waits until no other step has the root folder. */
  async open(lower: readonly string[], chains: readonly string[]): Promise<WritableRoot> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = this.#free;
    this.#free = before.then(() => promise);
    await before;
    try {
      const held = new HeldPaths([...this.#options.container.mountPoints(), ...this.#options.held]);
      await this.#fill(lower, chains, held);
      return new InPlaceRoot(this.#options, held, (chain) => {
        this.#content = chain;
        resolve();
      });
    } catch (error) {
      resolve();
      throw error;
    }
  }

  /** The next step of a stage goes on with what is there. */
  async #fill(lower: readonly string[], chains: readonly string[], held: HeldPaths): Promise<void> {
    const missing = this.#content === undefined ? -1 : chains.indexOf(this.#content);
    this.#content = undefined; // Should this fail, nobody knows what is there; and then a program changes it.
    // The executor starts from its kept programs from now on.
    writeFileSync(join(this.#options.container.folder, 'used'), '');
    if (missing < 0) new RootCleaner(held).clear();
    const layers = missing < 0 ? lower : lower.slice(0, missing);
    for (const layer of layers.toReversed()) await fillRoot(layer, held);
    for (const file of PLACE_FILES.filter((path) => !existsSync(path))) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, '');
    }
  }
}

class InPlaceRoot implements WritableRoot {
  readonly #options: InPlaceRungOptions;
  readonly #held: HeldPaths;
  readonly #release: (chain: string | undefined) => void;
  #before: StatSnapshot = new Map();
  #restored: ReadonlySet<string> = new Set();
  #chain: string | undefined;

  /** `release`: gets the chain ID of what is in the root folder in the end, where that is known. */
  constructor(options: InPlaceRungOptions, held: HeldPaths, release: (chain: string | undefined) => void) {
    this.#options = options;
    this.#held = held;
    this.#release = release;
  }

  async run(command: RunCommand): Promise<{ exitCode: number }> {
    const { folder } = this.#options.container;
    this.#refuse(command);
    this.#before = this.#snapshot();
    const user = await resolveUser(ROOT, command.user);
    const aside = join(folder, ASIDE);
    using guests = await Guests.receive(ROOT, aside, command.mounts, { devices: false, links: true });
    this.#restored = guests.displaced;
    try {
      return await runInChroot('', user, command, inPlaceStart(), (pid) => noteRun(folder, pid));
    } finally {
      forgetRun(folder);
    }
  }

  #refuse({ network, mounts }: RunCommand): void {
    if (network === 'none') {
      const message = '--network=none needs a namespace, which this place forbids';
      throw new SlipwayError('unsupported', 'ISOLATION_NETWORK', message);
    }
    for (const { target } of mounts) {
      const path = resolveInRoot(ROOT, bytePath(target));
      const isFree = !this.#held.holds(path) && !this.#held.isAbove(path);
      if (isFree || path.startsWith('dev/')) continue;
      const message = `a mount of a RUN at ${target} would be at /${pathText(path)}, which this container needs itself`;
      throw new SlipwayError('unsupported', 'IN_PLACE_PATH', message, {
        hint: 'a build in place mounts nothing: choose another target, or allow another --isolation',
      });
    }
  }

  /** All of the root folder that is the image's. */
  #snapshot(): StatSnapshot {
    const all = takeSnapshot(ROOT, this.#held.names);
    return new Map([...all].filter(([path]) => !this.#held.holds(path)));
  }

  async changes(): Promise<AsyncIterable<Uint8Array> | undefined> {
    const changes = await snapshotChanges(ROOT, this.#before, this.#snapshot(), this.#restored);
    const { sourceDateEpoch, ignored = () => false } = this.#options;
    const entries = changes.filter(({ target }) => !ignored(pathText(target)));
    return entries.length === 0 ? undefined : copyLayer(entries, { sourceDateEpoch });
  }

  became(chain: string): void {
    // With ignored paths there is more in it than the layers have.
    if (this.#options.ignored === undefined) this.#chain = chain;
  }

  adoptable(): string | undefined {
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#release(this.#chain);
  }
}
