import { stripVTControlCharacters, styleText } from 'node:util';
import { formatBytes } from '@slipway/core';
import type { BuildTree, TreeStage, TreeStep } from './build-tree.ts';

export interface TreeLineOptions {
  readonly columns: number;
  /** Lines that there is room for; steps that are done go first. Undefined for all. */
  readonly rows?: number | undefined;
  /** Milliseconds, on the clock of the tree's events. */
  readonly now: number;
  readonly startedMs: number;
  readonly color: boolean;
  readonly explainCache: boolean;
  /** Whether the build is over: output is shown of the step that failed only. */
  readonly ended: boolean;
}

const MARKS = { running: '●', done: '✔', cached: '◌', failed: '✖', cancelled: '■' } as const;
const STYLES = {
  running: 'cyan',
  done: 'green',
  cached: 'blue',
  failed: 'red',
  cancelled: 'yellow',
} as const;
const RUNNING_LINES = 5;

interface Row {
  readonly text: string;
  /** Rows with a greater one go first where there is no room. */
  readonly dispensable: number;
}

/** The tree as lines that fit the width, without line ends. */
export function treeLines(tree: BuildTree, options: TreeLineOptions): string[] {
  const { done, all } = tree.counts;
  const seconds = ((options.now - options.startedMs) / 1000).toFixed(1);
  const head = { text: paint(options, 'bold', `building ${seconds}s (${done}/${all})`), dispensable: 0 };
  const rows = [head, ...tree.stages.flatMap((stage) => stageRows(stage, options))];
  return fit(rows, options.rows).map(({ text }) => text);
}

function stageRows(stage: TreeStage, options: TreeLineOptions): Row[] {
  const steps = stage.steps.flatMap((step) => stepRows(step, stage.title === '' ? ' ' : '   ', options));
  if (stage.title === '') return steps;
  const isOver = stage.steps.every(({ status }) => status !== 'running');
  return [
    { text: paint(options, 'bold', cut(` ${stage.title}`, options.columns)), dispensable: isOver ? 2 : 0 },
    ...steps,
  ];
}

function stepRows(step: TreeStep, indent: string, options: TreeLineOptions): Row[] {
  const { status } = step;
  const ms = status === 'running' ? options.now - step.started : step.durationMs;
  const time = status === 'cached' ? 'cached' : `${(ms / 1000).toFixed(1)}s`;
  const size = step.layerSize === undefined ? '' : `${formatBytes(step.layerSize)}  `;
  const right = `${size}${time}`;
  const room = Math.max(10, options.columns - indent.length - right.length - 3);
  const text = cut(clean(step.text), room);
  const mark = paint(options, STYLES[status], MARKS[status]);
  const gap = ' '.repeat(Math.max(1, room - displayWidth(text) + 1));
  const own = { text: `${indent}${mark} ${text}${gap}${right}`, dispensable: status === 'running' ? 0 : 3 };
  const under = (line: string, dispensable: number): Row => ({
    text: paint(options, 'dim', cut(`${indent}  │ ${clean(line)}`, options.columns)),
    dispensable,
  });
  const why = options.explainCache && step.miss !== undefined ? [under(`not cached: ${step.miss}`, 3)] : [];
  const shown =
    status === 'failed'
      ? step.lines
      : status === 'running' && !options.ended
        ? step.lines.slice(-RUNNING_LINES)
        : [];
  return [own, ...why, ...shown.map((line) => under(line, status === 'failed' ? 4 : 1))];
}

/** Leaves out what is least needed, the oldest first, until the rest fits. */
function fit(rows: readonly Row[], room: number | undefined): Row[] {
  let left = [...rows];
  for (const level of [4, 3, 2, 1, 0]) {
    const excess = room === undefined ? 0 : left.length - room;
    if (excess <= 0) break;
    let dropped = 0;
    left = left.filter((row, index) => {
      // The heading stays.
      const drop = index > 0 && row.dispensable === level && dropped < excess;
      if (drop) dropped += 1;
      return !drop;
    });
  }
  return left;
}

/** Output of programs may hold whatever moves the cursor. */
function clean(text: string): string {
  const last = text.slice(text.lastIndexOf('\r') + 1);
  return stripVTControlCharacters(last)
    .replace(/\t/g, '    ')
    .replace(/\p{Cc}/gu, '');
}

/** East Asian wide characters and most emoji take two columns (Unicode, UAX #11). */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const ZERO = /\p{Mn}|\p{Me}|\p{Cf}/u;

function widthOf(character: string): number {
  return ZERO.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
}

function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}

function cut(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let width = 0;
  let kept = '';
  for (const character of text) {
    width += widthOf(character);
    if (width > columns - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

function paint({ color }: TreeLineOptions, style: Parameters<typeof styleText>[0], text: string): string {
  return color ? styleText(style, text, { validateStream: false }) : text;
}
