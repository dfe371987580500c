import { styleText } from 'node:util';
import { formatDuration } from '@slipway/core';

/** What a run shows while it goes on. */
export interface RunView {
  note(step: string, text: string): void;
  stepStarted(step: string): void;
  stepOutput(step: string, chunk: Uint8Array): void;
  stepEnded(step: string, end: { exitCode: number; reason: string; durationMs: number }): void;
}

/** Lines as tkn prints them, `[step] text`, with the start, the end and the duration of each step. */
export function lineView(stream: NodeJS.WritableStream & { isTTY?: boolean }): RunView {
  const style = (name: 'cyan' | 'green' | 'red' | 'dim', text: string): string =>
    stream.isTTY ? styleText(name, text) : text;
  const rest = new Map<string, string>();
  const decoders = new Map<string, InstanceType<typeof TextDecoder>>();
  const line = (step: string, text: string): void => {
    stream.write(`${style('cyan', `[${step}]`)} ${text}\n`);
  };
  return {
    note: (step, text) => line(step, style('dim', text)),
    stepStarted: (step) => {
      decoders.set(step, new TextDecoder());
    },
    stepOutput: (step, chunk) => {
      const text = (rest.get(step) ?? '') + (decoders.get(step)?.decode(chunk, { stream: true }) ?? '');
      const lines = text.split('\n');
      rest.set(step, lines.pop() ?? '');
      for (const each of lines) line(step, each);
    },
    stepEnded: (step, { exitCode, reason, durationMs }) => {
      const last = rest.get(step) ?? '';
      if (last !== '') line(step, last);
      rest.delete(step);
      const duration = Number.isFinite(durationMs) ? ` in ${formatDuration(durationMs)}` : '';
      const ok = exitCode === 0;
      const verdict = ok
        ? style('green', `done${duration}`)
        : style('red', `exit code ${exitCode} (${reason})${duration}`);
      line(step, verdict);
    },
  };
}

/** Shows nothing: for `-o json`. */
export const silentView: RunView = {
  note: () => {},
  stepStarted: () => {},
  stepOutput: () => {},
  stepEnded: () => {},
};
