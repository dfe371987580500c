import type { ErrorKind } from '@slipway/core';
import type { GrowthState } from '../store/blob-growth.ts';

/** What the thread is told: to begin with a layer, when it is through with the one before, and how far its blob has come. */
export type DecompressOrder =
  | { readonly kind: 'layer' }
  | { readonly kind: 'blob'; readonly state: GrowthState };

/** How a layer ended: a SlipwayError as data, undefined when all was handed on. */
export type DecompressEnding =
  | {
      readonly kind: ErrorKind;
      readonly code: string;
      readonly message: string;
      readonly hint: string | undefined;
    }
  | undefined;
