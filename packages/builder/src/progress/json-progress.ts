import type { ProgressSink } from './progress.ts';

/** Writes each event as one line of JSON with the time at which it happened. */
export function jsonProgress(
  write: (text: string) => void,
  now: () => Date = () => new Date(),
): ProgressSink {
  return { emit: (event) => write(`${JSON.stringify({ time: now().toISOString(), ...event })}\n`) };
}
