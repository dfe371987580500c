import { type Clock, systemClock } from './clock.ts';

export interface BackoffOptions {
  /** First delay in milliseconds. Default 100. */
  readonly initialMs?: number;
  /** Largest delay in milliseconds. Default 10,000. */
  readonly maxMs?: number;
  /** Tries in all, the first included. Default 5. */
  readonly tries?: number;
  /** Whether this failure is worth another try. Default: always. */
  readonly retryable?: (error: unknown) => boolean;
  /** The least wait in milliseconds that a failure asks for, whatever the largest delay is. Default: none. */
  readonly atLeastMs?: (error: unknown) => number;
  readonly clock?: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** The delay before try `attempt` (0-based) in milliseconds: doubled each time, capped, with ±20 % jitter. */
export function backoffDelay(attempt: number, options: BackoffOptions = {}): number {
  const { initialMs = 100, maxMs = 10_000 } = options;
  const jitter = 0.8 + Math.random() * 0.4;
  return Math.min(maxMs, initialMs * 2 ** attempt) * jitter;
}

/** Calls `action` until it succeeds, is not retryable, or the tries are used up; then throws its last failure. */
export async function retry<T>(
  action: (attempt: number) => Promise<T>,
  options: BackoffOptions = {},
): Promise<T> {
  const { tries = 5, retryable = () => true, atLeastMs = () => 0, clock = systemClock, signal } = options;
  for (let attempt = 0; ; attempt++) {
    try {
      return await action(attempt);
    } catch (error) {
      if (attempt + 1 >= tries || signal?.aborted || !retryable(error)) throw error;
      await clock.sleep(Math.max(atLeastMs(error), backoffDelay(attempt, options)), signal);
    }
  }
}
