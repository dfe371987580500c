import { type ErrorKind, type Place, SlipwayError, toSlipwayError } from '@slipway/core';
import type { Credentials, Digest } from '@slipway/oci';
import type { Housekeeping } from '../build.ts';
import type { BuildRequest, BuildResult } from '../build-options.ts';
import type { ProgressEvent } from '../progress/progress.ts';
import { RunFailed } from '../run-failed.ts';

/** What the caller sends to the worker. */
export type ToWorker =
  | {
      readonly type: 'build';
      readonly request: BuildRequest;
      readonly housekeeping: Housekeeping;
      readonly hasCredentials: boolean;
      readonly hasNeededBlobs: boolean;
    }
  /** The answer to a question for credentials; they exist in the memory of the two processes only. */
  | {
      readonly type: 'credentials';
      readonly id: number;
      readonly value: Credentials | null;
      readonly error?: PlainError;
    }
  /** Where credentials were looked for, for a registry that let nobody in; no secret in it. */
  | {
      readonly type: 'explained';
      readonly id: number;
      readonly value: string | null;
      readonly error?: PlainError;
    }
  /** The answer to a question for needed blobs. */
  | {
      readonly type: 'needed';
      readonly id: number;
      readonly digests: readonly Digest[];
      readonly error?: PlainError;
    }
  | { readonly type: 'abort' };

/** What the worker sends to its caller. */
export type FromWorker =
  | { readonly type: 'progress'; readonly event: ProgressEvent }
  | { readonly type: 'credentials'; readonly id: number; readonly registry: string }
  | { readonly type: 'explain'; readonly id: number; readonly registry: string }
  | { readonly type: 'needed'; readonly id: number; readonly digests: readonly Digest[] }
  | { readonly type: 'result'; readonly result: BuildResult }
  | { readonly type: 'failed'; readonly error: PlainError };

/** A SlipwayError as data. */
export interface PlainError {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly message: string;
  readonly place?: Place | undefined;
  readonly hint?: string | undefined;
  /** Of a RUN that failed. */
  readonly exitCode?: number | undefined;
}

/** What went wrong first: a failure to clean up behind it does not hide it. */
export function toPlainError(thrown: unknown): PlainError {
  let error = thrown;
  while (error instanceof SuppressedError) error = error.suppressed;
  const { kind, code, message, place, hint } = toSlipwayError(error);
  const exitCode = error instanceof RunFailed ? error.exitCode : undefined;
  return { kind, code, message, place, hint, exitCode };
}

export function fromPlainError({ kind, code, message, place, hint, exitCode }: PlainError): SlipwayError {
  if (exitCode !== undefined) return new RunFailed(exitCode, message, { place, hint });
  return new SlipwayError(kind, code, message, { place, hint });
}
