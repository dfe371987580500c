import { failure } from './failure.ts';
import type { Heredoc } from './instruction.ts';
import { type LineReader, trimLineEnd } from './logical-line.ts';
import { ShellLexer } from './shell-lexer.ts';
import { placeOf, type Statement } from './statement.ts';

type HeredocStart = Omit<Heredoc, 'content'>;

const NO_VARIABLES = (): undefined => undefined;

/** Reads the bodies of the heredocs that the statement opens; the reader stands behind the last one then. */
export function readHeredocs(statement: Statement, reader: LineReader): Heredoc[] {
  return heredocStarts(statement).map((start) => ({ ...start, content: readBody(start, statement, reader) }));
}

function readBody(start: HeredocStart, statement: Statement, reader: LineReader): string {
  let content = '';
  for (let raw = reader.next(); raw !== undefined; raw = reader.next()) {
    const line = trimLineEnd(raw);
    if ((start.chomp ? line.replace(/^\t+/, '') : line) === start.name) return content;
    content += raw;
  }
  const at = Math.max(0, statement.line.text.indexOf('<<'));
  throw failure(
    'UNTERMINATED_HEREDOC',
    `the heredoc "${start.name}" has no end`,
    statement.line.placeAt(at),
    `put a line with only ${start.name} below it`,
  );
}

/** The heredocs that a statement's line opens, in order. */
function heredocStarts(statement: Statement): HeredocStart[] {
  const text = statement.line.text;
  if (!text.includes('<<')) return [];
  let words: string[];
  try {
    // The escape directive does not apply here: shells know only the backslash.
    words = new ShellLexer(text, {
      escape: '\\',
      rawQuotes: true,
      rawEscapes: true,
      keepUnset: true,
      lookup: NO_VARIABLES,
    }).words();
  } catch {
    return []; // Unbalanced quotes are the shell's to complain about.
  }
  return words.flatMap((word) => {
    const start = heredocStart(word, statement);
    return start === undefined ? [] : [start];
  });
}

function heredocStart(word: string, statement: Statement): HeredocStart | undefined {
  try {
    return parseHeredocWord(word);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw failure('HEREDOC_NAME', `the heredoc name in ${word} is not clear: ${message}`, placeOf(statement));
  }
}

/** `3<<-"EOF"` taken apart; undefined where the word opens no heredoc. Throws where its quotes are not balanced. */
export function parseHeredocWord(word: string): HeredocStart | undefined {
  const match = /^(\d*)<<(-?)([^<]*)$/.exec(word);
  const rest = match?.[3]?.trimStart();
  if (!match || !rest) return undefined;
  const [, fd, dash] = match;
  const read = (rawQuotes: boolean): string[] =>
    new ShellLexer(rest, { escape: '\\', rawQuotes, keepUnset: true, lookup: NO_VARIABLES }).words();
  const [name, ...others] = read(false);
  if (name === undefined || others.length > 0) return undefined;
  // A name that lost quotes was quoted: its content is to be taken as it is.
  const expand = countQuotes(name) === countQuotes(read(true)[0] ?? name);
  return { name, fileDescriptor: Number(fd), expand, chomp: dash === '-' };
}

function countQuotes(text: string): number {
  return text.replace(/[^'"]/g, '').length;
}

/** The content as its reader sees it: leading tabs removed where `<<-` asked for it. */
export function heredocText(heredoc: Pick<Heredoc, 'chomp' | 'content'>): string {
  return heredoc.chomp ? heredoc.content.replace(/^\t+/gm, '') : heredoc.content;
}
