import { parseDuration } from '@slipway/core';
import type { PipelineRun } from '@slipway/kube';
import type { TektonConfig } from '../config.ts';
import { START_PRECISION_MS } from '../taskrun/timeout.ts';

/** How long a run and its parts may take, in milliseconds; 0 and undefined are without limit. */
export interface Timeouts {
  readonly pipeline: number;
  readonly tasks: number | undefined;
  readonly finally: number | undefined;
}

/** The limits of a run: a part that has none gets what the other leaves of the whole. */
export function timeoutsOf({ spec }: PipelineRun, config: TektonConfig): Timeouts {
  const { timeouts = {} } = spec;
  const ms = (text: string | undefined): number | undefined =>
    text === undefined ? undefined : parseDuration(text);
  const whole = ms(timeouts.pipeline);
  const tasks = ms(timeouts.tasks);
  const final = ms(timeouts.finally);
  const rest = (part: number | undefined): number | undefined => (whole && part ? whole - part : undefined);
  return {
    pipeline: whole ?? config.defaultTimeoutMinutes * 60_000,
    tasks: tasks ?? rest(final),
    finally: final ?? rest(tasks),
  };
}

/** Milliseconds until the limit, 0 when it is over; undefined without a limit or before the start. */
export function remainingOf(
  since: string | undefined,
  limit: number | undefined,
  now: Date,
): number | undefined {
  if (!since || !limit) return undefined;
  return Math.max(0, Date.parse(since) + START_PRECISION_MS + limit - now.getTime());
}
