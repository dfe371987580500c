import { SlipwayError } from '@slipway/core';

export interface Interruption extends Disposable {
  /** Aborts at the first SIGINT or SIGTERM; a second SIGINT ends the process at once. */
  readonly signal: AbortSignal;
  readonly happened: Promise<void>;
}

/** Ctrl-C as an AbortSignal, while in scope. */
export function interruption(): Interruption {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new SlipwayError('cancelled', 'CANCELLED', 'cancelled'));
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const name of signals) process.on(name, stop);
  return {
    signal: controller.signal,
    happened: new Promise((resolve) =>
      controller.signal.addEventListener('abort', () => resolve(), { once: true }),
    ),
    [Symbol.dispose]: () => {
      for (const name of signals) process.off(name, stop);
    },
  };
}
