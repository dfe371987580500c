import type { Word } from './instruction.ts';
import type { Statement } from './statement.ts';

const WHITESPACE = /[^\t\v\f\r ]+/g;

/** The arguments split at white space; quotes mean nothing (FROM, EXPOSE, COPY, ADD, VOLUME). */
export function plainWords(statement: Statement): Word[] {
  const { line, rest, restOffset } = statement;
  return [...rest.matchAll(WHITESPACE)].map((match) => ({
    text: match[0],
    place: line.placeAt(restOffset + match.index),
  }));
}

/** The arguments split at white space outside quotes and escapes, which stay in the words (ENV, LABEL, ARG). */
export function quotedWords(statement: Statement): Word[] {
  const { line, rest, restOffset, escape: escapeChar } = statement;
  const words: Word[] = [];
  let offset = 0;
  while (offset < rest.length) {
    if (/\s/.test(rest[offset]!)) {
      offset += 1;
      continue;
    }
    const end = endOfWord(rest, offset, escapeChar);
    // A lone escape character at the end of the line means nothing.
    const text = endsInLoneEscape(rest, offset, end, escapeChar)
      ? rest.slice(offset, end - 1)
      : rest.slice(offset, end);
    if (text !== '') words.push({ text, place: line.placeAt(restOffset + offset) });
    offset = end;
  }
  return words;
}

function endOfWord(rest: string, from: number, escapeChar: string): number {
  let quote = '';
  let offset = from;
  for (; offset < rest.length; offset++) {
    const char = rest[offset]!;
    if (quote === '' && /\s/.test(char)) return offset;
    if (char === escapeChar && quote !== "'") offset += 1;
    else if (char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
  }
  return rest.length;
}

function endsInLoneEscape(rest: string, from: number, end: number, escapeChar: string): boolean {
  if (end !== rest.length || rest[end - 1] !== escapeChar) return false;
  let count = 0;
  for (let offset = end - 1; offset >= from && rest[offset] === escapeChar; offset--) count += 1;
  return count % 2 === 1;
}
