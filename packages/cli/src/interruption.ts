import { SlipwayError } from '@slipway/core';

export interface Interruption {
  /** Aborts at the first SIGINT, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  /** Resolves then. */
  readonly happened: Promise<void>;
  /** Whether Ctrl-C was pressed, as opposed to another process asking us to end. */
  readonly byKeyboard: boolean;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs a job that Ctrl-C cancels: what the job throws from then on is the cancellation, because the same Ctrl-C may have
 * ended a program that the job waits for. A second Ctrl-C ends the process at once. Whoever started us (the launcher, the
 * process outside of our namespace) forwards Ctrl-C as SIGTERM, so one that reaches us both ways counts once.
 */
export async function interruptible<T>(job: (interrupt: Interruption) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let presses = 0;
  const onSignal = (name: NodeJS.Signals): void => {
    if (name === 'SIGINT') presses += 1;
    if (presses > 1) process.exit(130);
    controller.abort(new SlipwayError('cancelled', 'CANCELLED', 'cancelled'));
  };
  const { signal } = controller;
  const happened = new Promise<void>((resolve) =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  const interrupt: Interruption = {
    signal,
    happened,
    get byKeyboard() {
      return presses > 0;
    },
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  try {
    return await job(interrupt);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    for (const name of SIGNALS) process.off(name, onSignal);
  }
}
