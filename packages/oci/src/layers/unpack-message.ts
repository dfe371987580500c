import type { ErrorKind } from '@slipway/core';
import type { Digest } from '../digest.ts';
import type { GrowthState } from '../store/blob-growth.ts';

/** What the thread is to do. */
export interface UnpackOrder {
  readonly folder: string;
  readonly diffId: Digest;
  /** Whether there is no layer below; otherwise their folders are told when they are unpacked. */
  readonly isLowest: boolean;
}

/** What the thread is told: how far the blob has come, and once the unpacked layers below, topmost first. */
export type UnpackNews =
  | { readonly kind: 'blob'; readonly state: GrowthState }
  | { readonly kind: 'lower'; readonly folders: readonly string[] };

/** How it ended: a SlipwayError as data, undefined when it went well. */
export type UnpackEnding =
  | {
      readonly kind: ErrorKind;
      readonly code: string;
      readonly message: string;
      readonly hint: string | undefined;
    }
  | undefined;
