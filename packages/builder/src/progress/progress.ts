import type { Place } from '@slipway/core';
import type { MissReason } from '../cache/explain/miss-reason.ts';

/** How a step ended; `cached` is a success that did nothing. */
export type StepStatus = 'done' | 'cached' | 'failed' | 'cancelled';

/**
 * What a build reports while it runs: plain data, so that it crosses a pipe as one JSON line.
 * Steps are numbered from 1 in the order in which they start, over all stages.
 */
export type ProgressEvent =
  | { readonly type: 'note'; readonly text: string }
  | {
      readonly type: 'warning';
      readonly text: string;
      readonly place?: Place | undefined;
      /** The lint rule that it comes from: `docs/lint/<rule>.md`. */
      readonly rule?: string | undefined;
    }
  | { readonly type: 'start'; readonly step: number; readonly title: string }
  | { readonly type: 'output'; readonly step: number; readonly line: string }
  /** The step was not in the cache; `text` is the reasons for people. */
  | {
      readonly type: 'miss';
      readonly step: number;
      readonly reasons: readonly MissReason[];
      readonly text: string;
    }
  | {
      readonly type: 'end';
      readonly step: number;
      readonly status: StepStatus;
      readonly durationMs: number;
      /** Compressed bytes of the layer that the step made. */
      readonly layerSize?: number | undefined;
    };

/** Receives a build's progress; the caller owns the terminal. */
export interface ProgressSink {
  emit(event: ProgressEvent): void;
}

/** A sink that drops everything. */
export const silentProgress: ProgressSink = { emit: () => {} };
