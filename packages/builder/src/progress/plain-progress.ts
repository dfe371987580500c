import { formatBytes } from '@slipway/core';
import type { ProgressEvent, ProgressSink } from './progress.ts';
import { warningLines } from './warning-lines.ts';

export interface PlainProgressOptions {
  /** Says of each step that was not in the cache why. */
  readonly explainCache?: boolean | undefined;
}

/**
 * Renders progress as plain lines, one event a line, for logs and pipes:
 * `#3 [build 2/4] RUN make`, `#3 0.412 output`, `#3 DONE 1.2s`, `#3 CACHED`.
 */
export function plainProgress(
  write: (text: string) => void,
  now: () => number = Date.now,
  { explainCache = false }: PlainProgressOptions = {},
): ProgressSink {
  const started = new Map<number, number>();
  return {
    emit: (event) => {
      if (event.type === 'start') started.set(event.step, now());
      if (event.type === 'miss' && !explainCache) return;
      write(plainLine(event, (step) => (now() - (started.get(step) ?? now())) / 1000));
    },
  };
}

function plainLine(event: ProgressEvent, seconds: (step: number) => number): string {
  switch (event.type) {
    case 'note':
      return `${event.text}\n`;
    case 'warning':
      return `${warningLines(event).join('\n')}\n`;
    case 'start':
      return `#${event.step} ${event.title}\n`;
    case 'output':
      return `#${event.step} ${seconds(event.step).toFixed(3)} ${event.line}\n`;
    case 'miss':
      return `#${event.step} not cached: ${event.text}\n`;
    case 'end':
      return `#${event.step} ${endText(event)}\n`;
  }
}

function endText(event: ProgressEvent & { type: 'end' }): string {
  const time = `${(event.durationMs / 1000).toFixed(1)}s`;
  const size = event.layerSize === undefined ? '' : ` (layer ${formatBytes(event.layerSize)})`;
  switch (event.status) {
    case 'done':
      return `DONE ${time}${size}`;
    case 'cached':
      return 'CACHED';
    case 'failed':
      return `FAILED ${time}`;
    case 'cancelled':
      return `CANCELLED ${time}`;
  }
}
