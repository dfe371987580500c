import { readFileSync } from 'node:fs';

/** Median of some numbers; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle]!;
  return (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Wall time of one call, in milliseconds. */
export async function timed(action: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await action();
  return performance.now() - started;
}

/** Resident memory of a process in MB, from proc(5). */
export function residentMegabytes(pid: number, field: 'VmRSS' | 'VmHWM' = 'VmRSS'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? Number.NaN) / 1000;
}

export interface Row {
  readonly what: string;
  readonly value: number;
  readonly unit: 'ms' | 'MB';
  /** At most this much is wanted. */
  readonly target: number;
  readonly how: string;
}

/** The rows as a table for people. */
export function formatRows(rows: readonly Row[]): string {
  const lines = rows.map(({ what, value, unit, target, how }) => {
    const verdict = value <= target ? 'ok' : 'OVER';
    const measured = `${value.toFixed(value < 10 ? 1 : 0)} ${unit}`;
    return `${what.padEnd(44)}${measured.padStart(10)}${`≤ ${target} ${unit}`.padStart(12)}  ${verdict.padEnd(5)} ${how}`;
  });
  const head = `${'what'.padEnd(44)}${'measured'.padStart(10)}${'target'.padStart(12)}        how`;
  return [head, ...lines].join('\n');
}
