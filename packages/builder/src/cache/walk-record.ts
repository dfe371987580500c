import type { BigIntStats } from 'node:fs';
import { type BytePath, fsPath } from '../copy/byte-path.ts';
import type { Settling } from './settled.ts';

/** Numbers of a look: device, inode, size, mtime and ctime in milliseconds, as `lstat` has them without `bigint`. */
export const LOOK_NUMBERS = 5;
/** A list of more would be dear to write, and looking is a small part of such a build. */
const MOST_LOOKS = 200_000;
const BATCH = 64 * 1024;
const SECOND = 1_000_000_000n;

interface Device {
  /** Something on it. */
  readonly path: BytePath;
  /** The latest change times of those in whole seconds, and of the others. */
  whole: bigint;
  fine: bigint;
}

/** What a walk through a folder saw: each path, with what tells that nothing there changed since. */
export class WalkRecord {
  readonly root: string;
  readonly #startedMs: number;
  readonly #devices = new Map<bigint, Device>();
  #numbers = new Float64Array(LOOK_NUMBERS * 1024);
  #count = 0;
  #paths: Buffer[] = [];
  #batch = '';
  #isWhole = true;

  /** `startedMs`: when the walk began, by `Date.now()`. */
  constructor(root: string, startedMs: number = Date.now()) {
    this.root = root;
    this.#startedMs = startedMs;
  }

  get count(): number {
    return this.#count;
  }

  /** Notes a file that was looked at, or a folder that was listed. */
  add(path: BytePath, stat: BigIntStats): void {
    if (this.#count === MOST_LOOKS) this.giveUp();
    if (!this.#isWhole) return;
    const { dev, ino, size, mtimeNs, ctimeNs } = stat;
    const at = this.#count * LOOK_NUMBERS;
    if (at === this.#numbers.length) this.#grow();
    this.#numbers[at] = Number(dev);
    this.#numbers[at + 1] = Number(ino);
    this.#numbers[at + 2] = Number(size);
    this.#numbers[at + 3] = milliseconds(mtimeNs);
    this.#numbers[at + 4] = milliseconds(ctimeNs);
    this.#count += 1;
    this.#batch += `${path}\0`;
    if (this.#batch.length >= BATCH) this.#flush();
    this.#noteTime(dev, path, ctimeNs);
  }

  /** To be called where the walk depends on what no look tells. */
  giveUp(): void {
    this.#isWhole = false;
    this.#paths = [];
    this.#batch = '';
    this.#numbers = new Float64Array(0);
    this.#count = 0;
  }

  /** Whether whatever is changed from the start of the walk on shows in one of the looks. */
  isSettled(settling: Settling): boolean {
    if (!this.#isWhole) return false;
    for (const [device, { path, whole, fine }] of this.#devices) {
      const file = fsPath(this.root, path);
      // Others may see a folder as it was a while ago.
      if (!settling.isLocal(device, file)) return false;
      if (![whole, fine].every((changed) => settling.isPast(changed, device, this.#startedMs, file)))
        return false;
    }
    return true;
  }

  numbers(): Float64Array {
    return this.#numbers.subarray(0, this.#count * LOOK_NUMBERS);
  }

  /** The paths in the order of the looks, each with a zero byte behind it. */
  paths(): readonly Buffer[] {
    this.#flush();
    return this.#paths;
  }

  #flush(): void {
    this.#paths.push(Buffer.from(this.#batch, 'latin1'));
    this.#batch = '';
  }

  #noteTime(dev: bigint, path: BytePath, ctimeNs: bigint): void {
    let device = this.#devices.get(dev);
    if (device === undefined) {
      device = { path, whole: 0n, fine: 0n };
      this.#devices.set(dev, device);
    }
    if (ctimeNs > device.whole && ctimeNs % SECOND === 0n) device.whole = ctimeNs;
    else if (ctimeNs > device.fine) device.fine = ctimeNs;
  }

  #grow(): void {
    const larger = new Float64Array(this.#numbers.length * 2);
    larger.set(this.#numbers);
    this.#numbers = larger;
  }
}

/** As Node computes it from seconds and nanoseconds. */
function milliseconds(ns: bigint): number {
  return Number(ns / SECOND) * 1000 + Number(ns % SECOND) / 1_000_000;
}
