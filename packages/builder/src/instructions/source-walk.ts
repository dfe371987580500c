import { join } from 'node:path';
import { type CacheKey, cacheKey } from '../cache/cache-key.ts';
import { KnownWalks } from '../cache/known-walks.ts';
import { WalkRecord } from '../cache/walk-record.ts';
import type { CopyPlanOptions } from '../copy/copy-plan.ts';
import type { BuildSession } from '../session.ts';

/** The walk through a folder that a COPY from it takes, as earlier builds know it. */
export class SourceWalk {
  /** To be filled where the walk is taken. */
  readonly record: WalkRecord;
  readonly #walks: KnownWalks;
  readonly #key: CacheKey;

  private constructor(walks: KnownWalks, key: CacheKey, root: string) {
    this.#walks = walks;
    this.#key = key;
    this.record = new WalkRecord(root);
  }

  /** Undefined where more than one folder is read, or what no look at its files tells: owners, archives, downloads. */
  static of(
    { request }: BuildSession,
    plan: Pick<CopyPlanOptions, 'sources' | 'excludes' | 'destination'>,
  ): SourceWalk | undefined {
    const trees = plan.sources.flatMap((source) => (source.kind === 'tree' ? [source] : []));
    const tree = trees[0]?.tree;
    const isPlain = trees.length === plan.sources.length && trees.every((source) => source.tree === tree);
    if (tree === undefined || !isPlain || tree.keepsOwners) return undefined;
    const key = cacheKey('walk', {
      root: tree.root,
      destination: plan.destination,
      paths: trees.map(({ path }) => path),
      ignored: tree.ignore?.patterns ?? null,
      excluded: plan.excludes?.patterns ?? null,
    });
    return new SourceWalk(new KnownWalks(join(request.store.cacheDir, 'walks')), key, tree.root);
  }

  /** What the entries' digest is, where nothing changed since it was kept. */
  async knownDigest(): Promise<string | undefined> {
    return await this.#walks.unchanged(this.#key, this.record.root);
  }

  /** Keeps the walk with the digest of its entries, and forgets it here. */
  async keep(digest: string): Promise<void> {
    await this.#walks.keep(this.#key, this.record, digest);
    this.record.giveUp();
  }
}
