import { readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { type ContentStore, type Descriptor, type Digest, isDigest } from '@slipway/oci';
import type { Layer } from '../image/layer.ts';
import { writeFileAtomic } from './atomic-file.ts';
import type { CacheKey } from './cache-key.ts';

/** What an instruction made: a layer, or nothing at all. */
export interface CachedResult {
  readonly layer: Layer | undefined;
  /** When; undefined where nobody noted it. */
  readonly created?: Date | undefined;
}

/** Results of instructions by key: one small JSON file each below `folder`, shared by all builds of the machine. */
export class InstructionCache {
  readonly #folder: string;
  readonly #store: ContentStore;

  constructor(folder: string, store: ContentStore) {
    this.#folder = folder;
    this.#store = store;
  }

  /** The result under the key; undefined where there is none, it does not parse, or its layer's blob is gone. */
  async get(key: CacheKey): Promise<CachedResult | undefined> {
    const text = await readFile(this.#path(key), 'utf8').catch(() => undefined);
    const result = text === undefined ? undefined : parseResult(text);
    // Found is used: a prune or a garbage collection that runs beside this build leaves it.
    if (result?.layer && !(await this.#store.renew(result.layer.descriptor.digest))) return undefined;
    if (result !== undefined) await utimes(this.#path(key), new Date(), new Date()).catch(() => {});
    return result;
  }

  async put(key: CacheKey, result: CachedResult): Promise<void> {
    await writeFileAtomic(
      this.#path(key),
      JSON.stringify({ layer: result.layer ?? null, created: result.created }),
    );
  }

  #path(key: CacheKey): string {
    return join(this.#folder, key.slice(0, 2), `${key}.json`);
  }
}

/** A record's content; undefined where it is damaged. */
export function parseResult(text: string): CachedResult | undefined {
  let value: null | {
    layer?: { diffId?: string; size?: number; descriptor?: Partial<Descriptor> } | null;
    created?: string;
  };
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // A damaged record is a miss: the step runs again and replaces it.
  }
  const time = new Date(value?.created ?? '');
  const created = Number.isNaN(time.getTime()) ? undefined : time;
  if (value?.layer === null) return { layer: undefined, created };
  const { diffId, size = 0, descriptor } = value?.layer ?? {};
  if (diffId === undefined || !isDigest(diffId) || !isDescriptor(descriptor)) return undefined;
  return { layer: { diffId: diffId satisfies Digest, size, descriptor }, created };
}

function isDescriptor(value: Partial<Descriptor> | undefined): value is Descriptor {
  return (
    value?.digest !== undefined &&
    isDigest(value.digest) &&
    typeof value.mediaType === 'string' &&
    typeof value.size === 'number'
  );
}
