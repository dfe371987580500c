import { stat } from 'node:fs/promises';
import { followFile } from './follow-file.ts';
import { type LogLine, parseLogLine } from './log-line.ts';

export interface ReadLogOptions {
  /** Follows until this resolves; absent: reads what is there. */
  readonly ended?: Promise<void> | undefined;
  readonly tailLines?: number | undefined;
  readonly timestamps?: boolean | undefined;
  readonly since?: Date | undefined;
  readonly limitBytes?: number | undefined;
  readonly signal: AbortSignal;
}

const NEWLINE = 0x0a;
const LINE_END = Buffer.from('\n');

/** What a container wrote, from its log file: the lines' text, both streams in order of writing. */
export async function* readLog(path: string, options: ReadLogOptions): AsyncGenerator<Uint8Array, void> {
  const { tailLines, limitBytes = Number.POSITIVE_INFINITY, signal, ended } = options;
  const start = tailLines === undefined ? 0 : await tailStart(path, tailLines, signal);
  const lines = new LineSplitter();
  let left = limitBytes;
  for await (const chunk of followFile(path, { start, ended, signal })) {
    const text = Buffer.concat(lines.push(chunk).flatMap((line) => render(line, options)));
    if (text.length > 0) yield text.subarray(0, left);
    left -= text.length;
    if (left <= 0) return;
  }
}

/** Cuts chunks into whole lines; the start of an unfinished one waits for the next chunk. */
class LineSplitter {
  #rest: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): Buffer[] {
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const lines: Buffer[] = [];
    let from = 0;
    for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE, from)) {
      lines.push(data.subarray(from, end));
      from = end + 1;
    }
    this.#rest = data.subarray(from);
    return lines;
  }
}

function render(raw: Buffer, { since, timestamps }: ReadLogOptions): Buffer[] {
  const line = parseLogLine(raw);
  if (!line || (since && new Date(line.time) < since)) return [];
  const time = timestamps ? [Buffer.from(`${line.time} `)] : [];
  return [...time, line.text, ...(line.isPartial ? [] : [LINE_END])];
}

/** Where the last `count` lines of the container begin; parts of a long line count as one. */
async function tailStart(path: string, count: number, signal: AbortSignal): Promise<number> {
  const size = await stat(path).then(
    (stats) => stats.size,
    () => 0,
  );
  if (count === 0) return size;
  const starts: number[] = [];
  let position = 0;
  let continues = false;
  const lines = new LineSplitter();
  for await (const chunk of followFile(path, { signal })) {
    for (const raw of lines.push(chunk)) {
      const line = parseLogLine(raw);
      if (line && !continues) starts.push(position);
      if (starts.length > count) starts.shift();
      continues = line?.isPartial ?? continues;
      position += raw.length + 1;
    }
  }
  return starts[0] ?? 0;
}

/** The text that one run of a container wrote to a stream, for Tekton's `stdoutConfig`. */
export async function* streamText(path: string, stream: LogLine['stream']): AsyncGenerator<Buffer, void> {
  const lines = new LineSplitter();
  for await (const chunk of followFile(path, { signal: new AbortController().signal })) {
    for (const raw of lines.push(chunk)) {
      const line = parseLogLine(raw);
      if (line?.stream === stream) yield Buffer.concat([line.text, ...(line.isPartial ? [] : [LINE_END])]);
    }
  }
}
