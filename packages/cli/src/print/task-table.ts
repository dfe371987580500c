import { styleText } from 'node:util';
import { formatDuration } from '@slipway/core';
import type { TaskEnd } from '../follow/outcome.ts';

const COLOURS = { succeeded: 'green', failed: 'red', skipped: 'dim' } as const;

/** What became of the tasks of a PipelineRun: when each began, how long it took, and why it failed or was not run. */
export function taskTable(
  tasks: readonly TaskEnd[],
  stream: NodeJS.WritableStream & { isTTY?: boolean },
): string {
  const rows = tasks.map((end) => ({ end, cells: cellsOf(end) }));
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map(({ cells }) => cells[column]!.length)));
  return rows
    .map(({ end, cells }) => {
      const [task, result, started, took] = cells.map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      );
      const coloured = stream.isTTY ? styleText(COLOURS[end.result], result!) : result;
      const why = end.result === 'skipped' ? end.reason : '';
      return `  ${task}  ${coloured}  ${started}  ${took}  ${why}`.trimEnd();
    })
    .join('\n');
}

function cellsOf({ task, result, reason, startedMs, durationMs }: TaskEnd): string[] {
  const seconds = (ms: number): string => formatDuration(Math.round(ms / 10) * 10);
  return [
    task,
    result === 'failed' ? reason : result,
    startedMs === undefined ? '' : `+${seconds(startedMs)}`,
    durationMs === undefined ? '' : seconds(durationMs),
  ];
}
