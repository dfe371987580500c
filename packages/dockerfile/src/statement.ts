import type { Place } from '@slipway/core';
import type { Directives } from './dockerfile.ts';
import type { Heredoc, InstructionBase, Word } from './instruction.ts';
import type { LogicalLine } from './logical-line.ts';

export type Escape = Directives['escape'];

/** A logical line taken apart as far as all instructions agree: keyword, flags, the rest. */
export interface Statement {
  /** As written. */
  readonly keyword: string;
  /** Each `--flag…`, quotes removed. */
  readonly flags: readonly Word[];
  /** What follows the flags, trimmed. */
  readonly rest: string;
  /** Offset of `rest` in the logical line. */
  readonly restOffset: number;
  readonly line: LogicalLine;
  readonly escape: Escape;
}

/** A statement with all that surrounds it: what the parser of one instruction receives. */
export interface Source extends Statement {
  readonly base: InstructionBase;
  readonly heredocs: readonly Heredoc[];
}

/** Where the keyword's arguments begin: for errors that concern the instruction as a whole. */
export function placeOf(statement: Statement): Place {
  return statement.line.placeAt(statement.restOffset);
}

/** Takes the line apart from `offset` on. */
export function splitStatement(line: LogicalLine, escapeChar: Escape, offset = 0): Statement {
  const text = line.text.slice(offset);
  const start = text.length - text.trimStart().length;
  const keyword = /^[^\t\v\f\r ]*/.exec(text.slice(start).trimEnd())![0];
  const afterKeyword = offset + start + keyword.length;
  const gap = /^[\t\v\f\r ]*/.exec(line.text.slice(afterKeyword))![0].length;
  const { flags, end } = scanFlags(line, afterKeyword + gap, escapeChar);
  const rest = line.text.slice(end);
  const lead = rest.length - rest.trimStart().length;
  return { keyword, flags, rest: rest.trim(), restOffset: end + lead, line, escape: escapeChar };
}

/** The words that begin with `--`, up to the first that does not, or a lone `--`. */
function scanFlags(line: LogicalLine, from: number, escapeChar: Escape): { flags: Word[]; end: number } {
  const flags: Word[] = [];
  let offset = from;
  for (;;) {
    const start = skipSpaces(line.text, offset);
    if (!line.text.startsWith('--', start)) return { flags, end: start };
    const { text, end } = readFlag(line.text, start, escapeChar);
    if (text === '--') return { flags, end };
    flags.push({ text, place: line.placeAt(start) });
    offset = end;
  }
}

function skipSpaces(text: string, from: number): number {
  let offset = from;
  while (offset < text.length && /\s/.test(text[offset]!)) offset += 1;
  return offset;
}

/** One flag with quotes and escapes taken away; a quote may open anywhere in it. */
function readFlag(source: string, from: number, escapeChar: Escape): { text: string; end: number } {
  let text = '';
  let quote = '';
  let offset = from;
  for (; offset < source.length; offset++) {
    const char = source[offset]!;
    if (quote === '' && /\s/.test(char)) break;
    if (char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
    else if (char === escapeChar) text += source[++offset] ?? '';
    else text += char;
  }
  return { text, end: Math.min(offset, source.length) };
}
