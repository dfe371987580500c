import { execFile } from 'node:child_process';
import { type BigIntStats, chmodSync, chownSync, lutimesSync, mkdirSync, readdirSync } from 'node:fs';
import { SlipwayError } from '@slipway/core';
import { isWhiteout } from '@slipway/oci';
import { type BytePath, hostPath, joinPath, parentPath, pathText, ROOT_PATH } from '../../copy/byte-path.ts';
import { lstatInRoot } from '../../copy/resolve-in-root.ts';
import { type Marks, marksOf } from '../chroot/merge-layer.ts';
import { ROOT, RootCleaner } from './clear-root.ts';
import type { HeldPaths } from './held-paths.ts';

/** Copies an unpacked layer over the root folder as an overlay would show it, around what is held. Throws IN_PLACE_PATH. */
export async function fillRoot(layer: string, held: HeldPaths): Promise<void> {
  const filling = new Filling(layer, held, await marksOf(layer));
  filling.makeRoom();
  await filling.copy();
}

class Filling {
  readonly #layer: string;
  readonly #held: HeldPaths;
  readonly #marks: Marks;
  readonly #cleaner: RootCleaner;
  readonly #whiteouts = new Set<BytePath>();
  /** The folders that have a whiteout somewhere below: an overlay lets nobody make another. */
  readonly #aboveWhiteouts = new Set<BytePath>();

  constructor(layer: string, held: HeldPaths, marks: Marks) {
    this.#layer = layer;
    this.#held = held;
    this.#marks = marks;
    this.#cleaner = new RootCleaner(held);
  }

  /** Removes what the layer hides or replaces. */
  makeRoom(folder: BytePath = ROOT_PATH): void {
    for (const { path, stat } of this.#entries(folder)) {
      const hidden = isWhiteout(stat) || this.#marks.whiteouts.has(path);
      if (this.#held.holds(path)) {
        if (!hidden) this.#refuseFiles(path, stat);
        continue;
      }
      if (hidden) this.#noteWhiteout(path);
      else if (this.#held.isAbove(path) && !stat.isDirectory()) throw inTheWay(path, 'a folder there');
      const existing = lstatInRoot(ROOT, path);
      const stays = stat.isDirectory() && existing?.isDirectory() && !this.#marks.opaque.has(path);
      if (existing && !stays) this.#cleaner.remove(path);
      if (stat.isDirectory()) this.makeRoom(path);
    }
  }

  #noteWhiteout(path: BytePath): void {
    this.#whiteouts.add(path);
    for (let folder = parentPath(path); folder !== ROOT_PATH; folder = parentPath(folder))
      this.#aboveWhiteouts.add(folder);
  }

  /** Copies all that is beside what is held, folder by folder. */
  async copy(folder: BytePath = ROOT_PATH): Promise<void> {
    const names: string[] = [];
    for (const { path, name } of this.#entries(folder)) {
      if (this.#held.holds(path) || this.#whiteouts.has(path)) continue;
      if (this.#held.isAbove(path) || this.#aboveWhiteouts.has(path)) await this.copy(path);
      else names.push(name);
    }
    const target = hostPath(ROOT, folder);
    mkdirSync(target, { recursive: true });
    await this.#copyNames(folder, names);
    copyAttributes(lstatInRoot(this.#layer, folder)!, target);
  }

  /** With cp, which keeps all there is to keep: attributes, hard links, devices, pipes, holes. Names, which may be any bytes, come through a pipe. */
  async #copyNames(folder: BytePath, names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    const cwd = hostPath(this.#layer, folder).toString();
    const target = hostPath(ROOT, folder).toString();
    const copy = ['cp', '-a', '--reflink=auto', `--target-directory=${target}`, '--'];
    await new Promise<void>((resolve, reject) => {
      const child = execFile('xargs', ['-0', ...copy], { cwd }, (error) =>
        error ? reject(error) : resolve(),
      );
      child.stdin!.on('error', () => {}); // It ended before it read them: its exit code tells.
      child.stdin!.end(Buffer.from(names.map((name) => `${name}\0`).join(''), 'latin1'));
    });
  }

  /** Files of the image that no RUN would see, where it should. */
  #refuseFiles(path: BytePath, stat: BigIntStats): void {
    if (this.#held.isDispensable(path)) return;
    if (isWhiteout(stat) || this.#marks.whiteouts.has(path)) return;
    if (!stat.isDirectory()) throw inTheWay(path, 'that path');
    for (const entry of this.#entries(path)) this.#refuseFiles(entry.path, entry.stat);
  }

  *#entries(folder: BytePath): Iterable<{ path: BytePath; name: string; stat: BigIntStats }> {
    for (const entry of readdirSync(hostPath(this.#layer, folder), { encoding: 'buffer' })) {
      const name = entry.toString('latin1');
      const path = joinPath(folder, name);
      const stat = lstatInRoot(this.#layer, path);
      if (stat) yield { path, name, stat };
    }
  }
}

function copyAttributes(stat: BigIntStats, target: Buffer): void {
  chownSync(target, Number(stat.uid), Number(stat.gid));
  chmodSync(target, Number(stat.mode) & 0o7777);
  lutimesSync(target, Number(stat.atimeNs) / 1e9, Number(stat.mtimeNs) / 1e9);
}

function inTheWay(path: BytePath, what: string): SlipwayError {
  const place = pathText(path);
  const message = `the image has /${place}, and this container needs ${what} for a mount, the context or the build itself`;
  return new SlipwayError('unsupported', 'IN_PLACE_PATH', message, {
    hint: 'a build in place has no root folder of its own: mount or put that elsewhere (--context, --cache-dir, --kaniko-dir), or allow another --isolation',
  });
}
