import { formatBytes, formatExcerpt, formatPlace } from '@slipway/core';
import type { ProgressEvent, ProgressSink } from '../progress/progress.ts';
import type { KanikoLog } from './log.ts';

/** A build's progress in kaniko's words; what RUN prints goes to `write` as it is. */
export function buildLog(log: KanikoLog, write: (text: string) => void): ProgressSink {
  const titles = new Map<number, string>();
  return {
    emit: (event) => {
      switch (event.type) {
        case 'start':
          titles.set(event.step, event.title);
          return log.info(startLine(event.title));
        case 'output':
          return write(`${event.line}\n`);
        case 'end':
          return logEnd(log, event, titles.get(event.step) ?? '');
        case 'miss':
          return log.debug(`No cached layer: ${event.text}`);
        case 'note':
          return log.info(event.text);
        case 'warning':
          return log.warn(warningText(event));
      }
    },
  };
}

function startLine(title: string): string {
  return title.replace(/^push /, 'Pushing image to ');
}

function logEnd(log: KanikoLog, event: ProgressEvent & { type: 'end' }, title: string): void {
  const seconds = `${(event.durationMs / 1000).toFixed(1)}s`;
  const size = event.layerSize === undefined ? '' : `, layer of ${formatBytes(event.layerSize)}`;
  if (event.status === 'cached') log.info(`Using caching version of cmd: ${title}`);
  else log.debug(`${event.status} in ${seconds}${size}: ${title}`);
}

function warningText({ text, place }: ProgressEvent & { type: 'warning' }): string {
  return place === undefined ? text : `${formatPlace(place)}: ${text}\n${formatExcerpt(place)}`;
}
