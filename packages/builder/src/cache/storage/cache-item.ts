/** Something that the cache keeps and that can be removed by itself. */
export interface CacheItem {
  /** Short and stable, to tell items apart. */
  readonly id: string;
  /**
   * `result`: what an instruction made, its blob included; `blob`: another blob that nothing but the cache needs (a base
   * image's layer, say); `layer`: an unpacked layer; `mount`: the folder of a `--mount=type=cache`.
   */
  readonly kind: 'result' | 'blob' | 'layer' | 'mount';
  /** Bytes that are free once it is gone; 0 for what others need, too. */
  readonly size: number;
  readonly used: Date;
  /** A container or a running build has it: it is not removed. */
  readonly inUse: boolean;
  /** The registry or a pod names its blob: the blob stays when the item goes. */
  readonly shared: boolean;
  /** The instruction, or what the item is. */
  readonly description: string;
}

/** What a prune did, or would do. */
export interface PruneReport {
  readonly removed: readonly CacheItem[];
  /** Bytes that were freed. */
  readonly freedBytes: number;
  /** Bytes that the cache holds now. */
  readonly keptBytes: number;
}
