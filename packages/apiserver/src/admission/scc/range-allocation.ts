import type { KubeObject } from '@slipway/kube';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { AdmissionPlugin } from '../admission.ts';
import { GROUP_RANGES, MCS, namespaceRanges, UID_RANGE } from './namespace-ranges.ts';

/** User and group ids that are given to namespaces, in blocks. */
export interface IdBlocks {
  readonly first: number;
  readonly last: number;
  readonly size: number;
}

/** Those of OpenShift: 1000000000-1999999999/10000. */
export const DEFAULT_ID_BLOCKS: IdBlocks = { first: 1_000_000_000, last: 1_999_999_999, size: 10_000 };
/** Of each block of SELinux levels five are left to the namespace, as on OpenShift. */
const LEVELS_PER_BLOCK = 5;

/** Gives namespaces user ids, groups and an SELinux level of their own, in the annotations that OpenShift has. */
export class RangeAllocation {
  readonly #store: ObjectStore;
  readonly #blocks: IdBlocks;
  /** Given away in this process, stored or not yet. */
  readonly #given = new Set<number>();

  constructor(store: ObjectStore, blocks: IdBlocks = DEFAULT_ID_BLOCKS) {
    this.#store = store;
    this.#blocks = blocks;
  }

  /** Annotates namespaces, old ones when they change. */
  get plugin(): AdmissionPlugin {
    return {
      name: 'NamespaceRanges',
      admit: ({ operation, type, object, subresource }) => {
        const isNamespace = type.group === '' && type.plural === 'namespaces';
        if (isNamespace && operation !== 'DELETE' && !subresource) this.#annotate(object);
      },
    };
  }

  /** Sets the annotations unless they are there. */
  #annotate({ metadata }: KubeObject): void {
    if (namespaceRanges(metadata.annotations) !== undefined) return;
    const block = this.#freeBlock();
    const ids = `${this.#blocks.first + block * this.#blocks.size}/${this.#blocks.size}`;
    const own = { [UID_RANGE]: ids, [GROUP_RANGES]: ids, [MCS]: level(block * LEVELS_PER_BLOCK) };
    metadata.annotations = { ...own, ...metadata.annotations };
  }

  #freeBlock(): number {
    const { first, last, size } = this.#blocks;
    const blocks = Math.floor((last - first + 1) / size);
    const taken = this.#taken();
    for (let block = 0; block < blocks; block++) {
      if (taken.has(block) || this.#given.has(block)) continue;
      this.#given.add(block);
      return block;
    }
    // More namespaces than blocks: they share, as nothing but the separation of their files depends on it.
    return this.#given.size % Math.max(1, blocks);
  }

  #taken(): Set<number> {
    const { first, size } = this.#blocks;
    const ranges = this.#store
      .list({ resource: '/namespaces' })
      .items.map(({ object }) => namespaceRanges(object.metadata.annotations));
    return new Set(ranges.map((range) => (range ? Math.floor((range.users.min - first) / size) : -1)));
  }
}

/** The n-th pair of 1024 categories, `s0:c<a>,c<b>` with a above b (the combinatorial number system). */
function level(n: number): string {
  const pairs = (1024 * 1023) / 2;
  const index = n % pairs;
  let high = Math.floor((1 + Math.sqrt(1 + 8 * index)) / 2);
  if ((high * (high - 1)) / 2 > index) high -= 1;
  return `s0:c${high},c${index - (high * (high - 1)) / 2}`;
}
