import type { Place } from '@slipway/core';
import { failure } from './failure.ts';
import { LexerError, type Lookup, ShellLexer } from './shell-lexer.ts';

export interface ExpandOptions {
  /** The file's escape character. Default `\`. */
  readonly escape?: string;
  /** Where the word stands, for errors. */
  readonly place?: Place;
  /** Quotes are ordinary characters: for the content of heredocs. */
  readonly ignoreQuotes?: boolean;
}

/** The word with its variables replaced, quotes and escapes removed. Throws DOCKERFILE_EXPANSION. */
export function expand(word: string, lookup: Lookup, options: ExpandOptions = {}): string {
  return guarded(word, options, () => lexer(word, lookup, options).word());
}

/** As `expand`, then split at the white space that is not quoted; variables may hold several words. */
export function expandWords(word: string, lookup: Lookup, options: ExpandOptions = {}): string[] {
  return guarded(word, options, () => lexer(word, lookup, options).words());
}

function lexer(word: string, lookup: Lookup, options: ExpandOptions): ShellLexer {
  const { escape: escapeChar = '\\', ignoreQuotes = false } = options;
  return new ShellLexer(word, { escape: escapeChar, ignoreQuotes, lookup });
}

function guarded<T>(word: string, options: ExpandOptions, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof LexerError)) throw error;
    const shown = word.length > 80 ? `${word.slice(0, 80)}…` : word;
    throw failure('EXPANSION', `cannot expand "${shown}": ${error.message}`, options.place ?? {});
  }
}
