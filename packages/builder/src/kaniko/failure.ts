import { formatExcerpt, formatPlace, type SlipwayError } from '@slipway/core';
import { RunFailed } from '../run-failed.ts';

/** A part of the executor's job that failed. */
export class ExecutorFailure extends Error {
  /** As kaniko begins its messages: `error building image`. */
  readonly during: string;
  readonly failure: SlipwayError;

  constructor(during: string, failure: SlipwayError) {
    super(`${during}: ${failure.message}`, { cause: failure });
    this.during = during;
    this.failure = failure;
  }

  /** That of the program that failed, as with kaniko; 1 for all else. */
  get exitCode(): number {
    return this.failure instanceof RunFailed ? this.failure.exitCode : 1;
  }
}

/** What kaniko's flags can do about a failure, by its code. */
const FLAG_HINTS: Readonly<Record<string, string | undefined>> = {
  REGISTRY_CERTIFICATE:
    '--registry-certificate=<registry>=<CA file> trusts its CA; --skip-tls-verify-registry=<registry> does not verify',
  REGISTRY_NO_TLS: '--insecure-registry=<registry> allows plain HTTP',
};

/** `error building image: Dockerfile:3:1: …` with the line and the hint below it. */
export function failureText(during: string, { code, message, place, hint: general }: SlipwayError): string {
  const hint = FLAG_HINTS[code] ?? general;
  const where = place === undefined ? '' : `${formatPlace(place)}: `;
  const excerpt = place === undefined ? '' : formatExcerpt(place);
  const below = [excerpt, ...(hint === undefined ? [] : [`hint: ${hint}`])].filter((text) => text !== '');
  return [`${during}: ${where}${message}`, ...below].join('\n');
}
