import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { mountOverlay, unmount } from '@slipway/containers';
import { copyTopFolder } from './mount-points.ts';

/** One mounted overlay and its folders. */
export class Overlay {
  readonly folder: string;
  readonly upper: string;
  readonly target: string;
  #unmounted: Promise<void> | undefined;

  private constructor(folder: string) {
    this.folder = folder;
    this.upper = join(folder, 'upper');
    this.target = join(folder, 'root');
  }

  /** `lower`: at least one folder, topmost first, whose mode and owner the root has. */
  static async mount(folder: string, lower: readonly string[]): Promise<Overlay> {
    const overlay = new Overlay(folder);
    const { upper, target } = overlay;
    const work = join(folder, 'work');
    for (const path of [folder, upper, target, work]) mkdirSync(path, { recursive: true });
    copyTopFolder(lower[0]!, upper);
    try {
      // Nobody needs a half-made layer after a crash of the machine: no sync when it is unmounted.
      await mountOverlay({ lower, upper, work, target, volatile: true });
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
    return overlay;
  }

  /** However often it is asked for, it happens once. */
  async unmount(): Promise<void> {
    this.#unmounted ??= unmount(this.target);
    await this.#unmounted;
  }

  async remove(): Promise<void> {
    await this.unmount();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
