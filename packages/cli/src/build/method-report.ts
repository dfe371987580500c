import { methodNamed } from '@slipway/catalog';
import { formatBytes, type SlipwayError } from '@slipway/core';
import { errorJson } from '../print/error.ts';
import type { BuiltImage } from './built-image.ts';

/** How one method did. */
export interface MethodReport {
  readonly method: string;
  /** `refused`: the policy of the namespace did not admit its pod. */
  readonly result: 'succeeded' | 'refused' | 'failed';
  readonly durationMs: number;
  readonly privileges: string;
  /** The Pod Security level, and on OpenShift the SCC, that it needs. */
  readonly podSecurity: string;
  readonly scc: string;
  readonly image?: BuiltImage;
  readonly failure?: SlipwayError;
}

/** The table for a person, with the reasons of what did not succeed under it; or one JSON array. */
export function printReports(reports: readonly MethodReport[], output: 'text' | 'json'): void {
  const text = output === 'json' ? JSON.stringify(reports.map(reportJson)) : formatReports(reports);
  process.stdout.write(`${text}\n`);
}

function reportJson({ image, failure, ...report }: MethodReport): object {
  return { ...image, ...report, ...(failure && errorJson(failure)) };
}

const HEADER = ['method', 'result', 'time', 'peak memory', 'privileges', 'level', 'SCC', 'size', 'digest'];

/** Columns as wide as their widest cell. */
export function formatReports(reports: readonly MethodReport[]): string {
  const rows = [HEADER, ...reports.map(cells)];
  const widths = HEADER.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  return ['', ...lines, ...reports.flatMap(reason)].join('\n');
}

function cells(report: MethodReport): string[] {
  const { method, result, durationMs, privileges, podSecurity, scc, image } = report;
  const memory = methodNamed(method).daemon ? 'in the daemon' : formatOptional(image?.peakMemoryBytes);
  const time = result === 'refused' ? '–' : `${(durationMs / 1000).toFixed(1)} s`;
  const size = formatOptional(image?.size);
  return [method, result, time, memory, privileges, podSecurity, scc, size, image?.digest ?? '–'];
}

const formatOptional = (bytes: number | undefined): string => (bytes ? formatBytes(bytes) : '–');

function reason({ method, failure }: MethodReport): string[] {
  if (failure === undefined) return [];
  const hint = failure.hint === undefined ? [] : [`hint: ${failure.hint}`];
  return ['', `${method}: ${failure.message}`, ...hint];
}
