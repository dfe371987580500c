import { failure } from '../failure.ts';
import { heredocText, parseHeredocWord } from '../heredoc.ts';
import type { Heredoc, InlineFile, Word } from '../instruction.ts';
import { jsonArray } from '../json-array.ts';
import { placeOf, type Source } from '../statement.ts';
import { plainWords } from '../words.ts';

/** The sources and the destination of COPY and ADD. */
export function copySources(source: Source): { sources: Word[]; inline: InlineFile[]; destination: Word } {
  const words = argumentWords(source);
  const destination = words.at(-1);
  if (destination === undefined || words.length < 2) throw noDestination(source, words.length);
  if (startsHeredoc(destination.text)) {
    throw failure(
      'HEREDOC_DESTINATION',
      `${source.keyword.toUpperCase()} cannot have a heredoc as destination`,
      destination.place,
      'end the line with the path to write to',
    );
  }
  const candidates = words.slice(0, -1);
  return {
    sources: candidates.filter(({ text }) => !startsHeredoc(text)),
    inline: candidates.flatMap(({ text }) => inlineFile(text, source.heredocs)),
    destination,
  };
}

function argumentWords(source: Source): Word[] {
  const place = placeOf(source);
  return jsonArray(source)?.map((text) => ({ text, place })) ?? plainWords(source);
}

function noDestination(source: Source, given: number): Error {
  const keyword = source.keyword.toUpperCase();
  return failure(
    'ARGUMENTS',
    given === 0
      ? `${keyword} requires at least two arguments: one or more sources and a destination`
      : `${keyword} requires at least two arguments, but only one was provided: the destination is missing`,
    placeOf(source),
    `for example: ${keyword} src/ /app/`,
  );
}

function startsHeredoc(word: string): boolean {
  try {
    return parseHeredocWord(word) !== undefined;
  } catch {
    return false; // Unbalanced quotes: an ordinary, if odd, file name.
  }
}

function inlineFile(word: string, heredocs: readonly Heredoc[]): InlineFile[] {
  if (!startsHeredoc(word)) return [];
  const start = parseHeredocWord(word)!;
  // Two heredocs of one name: docker takes the last.
  const heredoc = heredocs.findLast(({ name }) => name === start.name);
  const content = heredoc === undefined ? '' : heredocText({ chomp: start.chomp, content: heredoc.content });
  return [{ name: start.name, content, expand: start.expand }];
}
