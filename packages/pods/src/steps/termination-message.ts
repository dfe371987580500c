/** One entry of a Tekton termination message (tektoncd/pipeline pkg/result). */
export interface MessageEntry {
  readonly key: string;
  readonly value: string;
  readonly type: number;
}

/** Tekton's numbers: a result of the Task, what only its controller reads, a result of the step. */
export const resultTypes = { task: 1, internal: 3, step: 4 } as const;

/** The kubelet reads this much of a termination message. */
const MAX_MESSAGE_BYTES = 4096;

export interface StepEnd {
  readonly startedAt?: Date | undefined;
  /** The program's own exit code, where the container's says something else (`onError: continue`). */
  readonly exitCode?: number | undefined;
  readonly reason?: 'Skipped' | 'TimeoutExceeded' | undefined;
  /** The step's last error in its own words; left out where the message has no room for it. */
  readonly lastWords?: string | undefined;
  readonly results: readonly MessageEntry[];
}

/** The termination message of a step, as Tekton's entrypoint writes it; undefined when it is over 4096 bytes. */
export function stepMessage(end: StepEnd): string | undefined {
  const internal = (key: string, value: string | undefined): MessageEntry[] =>
    value === undefined ? [] : [{ key, value, type: resultTypes.internal }];
  const message = JSON.stringify([
    ...end.results,
    ...internal('StartedAt', end.startedAt?.toISOString()),
    ...internal('ExitCode', end.exitCode?.toString()),
    ...internal('Reason', end.reason),
    ...internal('LastWords', end.lastWords),
  ]);
  if (Buffer.byteLength(message) <= MAX_MESSAGE_BYTES) return message;
  return end.lastWords === undefined ? undefined : stepMessage({ ...end, lastWords: undefined });
}
