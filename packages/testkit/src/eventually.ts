import { setTimeout as sleep } from 'node:timers/promises';

export interface EventuallyOptions {
  /** What is awaited, for the message when it does not come. */
  readonly what: string;
  /** Default 10,000. */
  readonly deadlineMs?: number;
  /** Time between looks. Default 20. */
  readonly everyMs?: number;
}

/**
 * Looks again and again until `look` returns something other than undefined or false, and returns that. A failure of
 * `look` counts as not yet. Throws with the last failure when the deadline passes.
 */
export async function eventually<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  options: EventuallyOptions,
): Promise<T> {
  const { what, deadlineMs = 10_000, everyMs = 20 } = options;
  const deadline = Date.now() + deadlineMs;
  let cause: unknown;
  while (Date.now() < deadline) {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await sleep(everyMs);
  }
  throw new Error(`${what} did not happen within ${deadlineMs} ms`, { cause });
}
