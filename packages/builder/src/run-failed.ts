import { type ErrorDetails, SlipwayError } from '@slipway/core';

/** A program of a RUN ended with an exit code that is not 0. */
export class RunFailed extends SlipwayError {
  readonly exitCode: number;

  constructor(exitCode: number, message: string, details: ErrorDetails) {
    super('failed', 'BUILD_RUN_FAILED', message, details);
    this.exitCode = exitCode;
  }
}
