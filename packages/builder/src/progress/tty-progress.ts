import { BuildTree } from './build-tree.ts';
import type { ProgressEvent, ProgressSink } from './progress.ts';
import { treeLines } from './tree-lines.ts';
import { warningLines } from './warning-lines.ts';

/** A terminal: `process.stderr`, for one. */
export interface Terminal {
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  write(text: string): unknown;
}

export interface TtyProgressOptions {
  readonly explainCache?: boolean | undefined;
  /** Default: yes. */
  readonly color?: boolean | undefined;
  /** Milliseconds between two drawings. Default 100. */
  readonly intervalMs?: number | undefined;
  readonly now?: (() => number) | undefined;
}

/** Progress that has to be told when the build is over, so that the terminal is as it was. */
export interface LiveProgress extends ProgressSink {
  /** Draws the tree for the last time and gives the terminal back. */
  close(): void;
}

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
// Lines that are a little too long, since widths are a guess, are cut by the terminal and do not wrap.
const NO_WRAP = '\x1b[?7l';
const WRAP = '\x1b[?7h';
const CLEAR_LINE_END = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

/**
 * Shows a build as a tree that is drawn anew in place: stages, their steps with times and sizes, the last lines of what runs.
 * Each drawing is one write without erasing first, so nothing flickers. Notes and warnings stand above the tree.
 */
export function ttyProgress(terminal: Terminal, options: TtyProgressOptions = {}): LiveProgress {
  const { explainCache = false, color = true, intervalMs = 100, now = Date.now } = options;
  const tree = new BuildTree();
  const startedMs = now();
  let above: string[] = [];
  let drawn = 0;
  let closed = false;

  const draw = (ended: boolean): void => {
    const { columns = 80, rows = 24 } = terminal;
    const view = { columns: Math.max(20, columns - 1), now: now(), startedMs, color, explainCache, ended };
    const lines = treeLines(tree, ended ? view : { ...view, rows: Math.max(2, rows - 1) });
    const up = drawn > 0 ? `\x1b[${drawn}A\r` : '';
    const text = [...above, ...lines].map((line) => `${line}${CLEAR_LINE_END}\n`).join('');
    // What is above stays and may wrap; the tree may not.
    terminal.write(`${HIDE_CURSOR}${NO_WRAP}${up}${text}${CLEAR_BELOW}${WRAP}`);
    above = [];
    drawn = lines.length;
  };
  const timer = setInterval(() => draw(false), intervalMs);
  timer.unref();
  return {
    emit: (event) => {
      above.push(...linesAbove(event));
      tree.add(event, now());
    },
    close: () => {
      if (closed) return;
      closed = true;
      clearInterval(timer);
      draw(true);
      terminal.write(SHOW_CURSOR);
    },
  };
}

function linesAbove(event: ProgressEvent): string[] {
  if (event.type === 'note') return event.text.split('\n');
  return event.type === 'warning' ? warningLines(event) : [];
}
