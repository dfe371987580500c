import { thisProcess } from '@slipway/core';
import { buildImage } from './build.ts';
import type { BuildOptions, BuildResult } from './build-options.ts';
import { isNotCached } from './cache/not-cached.ts';
import { type ProgressEvent, type ProgressSink, silentProgress } from './progress/progress.ts';

/**
 * Builds what the cache has as a whole, in this process: an unchanged image needs no namespace, no mount and no second
 * process, which cost more than all else. Undefined where a step has to be run, or nothing like it was built before; then
 * nobody has heard of the attempt.
 */
export async function buildFromCache(options: BuildOptions): Promise<BuildResult | undefined> {
  const { noCache = false, registryCache, outputs = [] } = options;
  if (noCache || registryCache !== undefined || outputs.length > 0) return undefined;
  const progress = new HeldProgress(options.progress ?? silentProgress);
  try {
    const housekeeping = { owner: thisProcess(), abandoned: [], unfinished: [] };
    return await buildImage({ ...options, progress }, housekeeping, {
      whenAllCached: () => progress.release(),
    });
  } catch (error) {
    if (isNotCached(error)) return undefined;
    progress.release();
    throw error;
  }
}

/** Keeps events back until it is known that they are of the build that counts. */
class HeldProgress implements ProgressSink {
  readonly #sink: ProgressSink;
  #held: ProgressEvent[] | undefined = [];

  constructor(sink: ProgressSink) {
    this.#sink = sink;
  }

  emit(event: ProgressEvent): void {
    if (this.#held) this.#held.push(event);
    else this.#sink.emit(event);
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const event of held) this.#sink.emit(event);
  }
}
