import type { Place } from '@slipway/core';
import { failure } from './failure.ts';

/** A physical line's share of a logical line. */
interface Segment {
  /** Offset in the logical line's text. */
  readonly start: number;
  readonly line: number;
  /** Characters left out before the share. */
  readonly indent: number;
  readonly text: string;
}

/** One instruction's text, continuation lines joined, that still knows where each character stood. */
export class LogicalLine {
  readonly text: string;
  readonly #segments: readonly Segment[];
  readonly #file: string | undefined;

  constructor(text: string, segments: readonly Segment[], file: string | undefined) {
    this.text = text;
    this.#segments = segments;
    this.#file = file;
  }

  /** Where the character at this offset stands in the file. */
  placeAt(offset: number): Place {
    const segment = this.#segments.findLast(({ start }) => start <= offset) ?? this.#segments[0]!;
    const column = Math.max(0, offset - segment.start) + segment.indent + 1;
    return { file: this.#file, line: segment.line, column, text: segment.text };
  }
}

/** The physical lines of a file, read one after the other. */
export class LineReader {
  readonly file: string | undefined;
  readonly #lines: readonly string[];
  #next = 0;

  constructor(text: string, file: string | undefined) {
    this.file = file;
    const withoutMark = text.startsWith('\uFEFF') ? text.slice(1) : text;
    this.#lines = withoutMark.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  }

  /** The line's number, 1-based, as of the last `next`. */
  get number(): number {
    return this.#next;
  }

  /** The next line, its line end included. */
  next(): string | undefined {
    const line = this.#lines[this.#next];
    if (line !== undefined) this.#next += 1;
    return line;
  }

  /** The next line, left where it is. */
  peek(): string | undefined {
    return this.#lines[this.#next];
  }

  place(): Place {
    const text = trimLineEnd(this.#lines[this.#next - 1] ?? '');
    return { file: this.file, line: Math.max(1, this.#next), column: 1, text };
  }
}

/** The line without `\r` and `\n` at its end. */
export function trimLineEnd(line: string): string {
  let end = line.length;
  while (end > 0 && (line[end - 1] === '\n' || line[end - 1] === '\r')) end -= 1;
  return line.slice(0, end);
}

export function isComment(line: string): boolean {
  return /^\s*#/.test(line);
}

/** What `readLogicalLine` found besides the line. */
export interface ReadLine {
  readonly line: LogicalLine;
  /** Places of empty lines between continuation lines, which docker only tolerates. */
  readonly emptyContinuations: readonly Place[];
}

/** Reads one instruction from `first`, the line just read, on: joins continuation lines, skips comments and empty lines in between. */
export function readLogicalLine(reader: LineReader, first: string, escapeChar: string): ReadLine {
  const continued = escapeChar === '\\' ? /(^|[^\\])\\[ \t]*$/ : /(^|[^`])`[ \t]*$/;
  const segments: Segment[] = [];
  const emptyContinuations: Place[] = [];
  let text = '';
  const add = (raw: string, indent: number): boolean => {
    const own = trimLineEnd(raw);
    segments.push({ start: text.length, line: reader.number, indent, text: own });
    const share = own.slice(indent);
    text += share.replace(continued, '$1');
    return continued.test(share);
  };
  let more = add(first, first.length - first.trimStart().length);
  while (more) {
    const raw = reader.next();
    if (raw === undefined) break;
    if (isComment(raw)) continue;
    if (raw.trim() === '') emptyContinuations.push(reader.place());
    else more = add(raw, 0);
  }
  if (text.trim() === '') {
    throw failure(
      'EMPTY_INSTRUCTION',
      `a line continuation ("${escapeChar}") with no instruction`,
      reader.place(),
    );
  }
  return { line: new LogicalLine(text, segments, reader.file), emptyContinuations };
}
