import { inflateRawSync } from 'node:zlib';

/** An entry of a step's termination message; `type` is Tekton's number (pkg/result). */
export interface RunResult {
  readonly key: string;
  readonly value: string;
  readonly type: number;
}

/** Kinds of entries: a Task's result, what only the controller reads, a step's result. */
export const resultTypes = { task: 1, internal: 3, step: 4 } as const;

/** Older entrypoints wrote the type's name. */
const TYPE_NAMES: Readonly<Record<string, number>> = {
  TaskRunResult: resultTypes.task,
  InternalTektonResult: resultTypes.internal,
};

const COMPRESSED = 'tknz:';
/** A compressed message is at most 4096 bytes; more than this after inflation is an attack. */
const MAX_INFLATED = 1 << 20;

/**
 * The entries of a step's termination message, the last of each key; undefined when it is none: a container that
 * could not start has its runtime's message there.
 */
export function parseTerminationMessage(message: string | undefined): RunResult[] | undefined {
  if (!message) return [];
  try {
    const parsed: unknown = JSON.parse(inflate(message));
    if (!Array.isArray(parsed)) return undefined;
    const byKey = new Map<string, RunResult>();
    for (const entry of parsed) {
      const result = toResult(entry);
      if (!result) return undefined;
      byKey.set(`${result.type}/${result.key}`, result);
    }
    return [...byKey.values()];
  } catch {
    return undefined; // a message of the container runtime, for people
  }
}

function inflate(message: string): string {
  if (!message.startsWith(COMPRESSED)) return message;
  const bytes = Buffer.from(message.slice(COMPRESSED.length), 'base64');
  return inflateRawSync(bytes, { maxOutputLength: MAX_INFLATED }).toString('utf8');
}

function toResult(entry: unknown): RunResult | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const { key, value, type } = entry as Record<string, unknown>;
  if (typeof key !== 'string' || typeof value !== 'string') return undefined;
  const number = typeof type === 'string' ? (TYPE_NAMES[type] ?? Number(type)) : (type ?? resultTypes.task);
  return typeof number === 'number' ? { key, value, type: number } : undefined;
}

/** What the runner says of a step for the controller alone: `StartedAt`, `ExitCode`, `Reason`. */
export function internalValue(results: readonly RunResult[], key: string): string | undefined {
  return results.find((result) => result.type === resultTypes.internal && result.key === key)?.value;
}

/** The message as a user sees it: without the internal entries; undefined when nothing is left. */
export function visibleMessage(results: readonly RunResult[]): string | undefined {
  const visible = results.filter((result) => result.type !== resultTypes.internal);
  return visible.length === 0 ? undefined : JSON.stringify(visible);
}
