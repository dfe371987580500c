import { replacePattern, trimPrefix, trimSuffix } from './shell-pattern.ts';

/** The value of a variable; undefined where it is not set. */
export type Lookup = (name: string) => string | undefined;

export interface LexerOptions {
  readonly escape: string;
  readonly lookup: Lookup;
  /** Keep quotes in the result. */
  readonly rawQuotes?: boolean;
  /** Keep escape characters in the result. */
  readonly rawEscapes?: boolean;
  /** Quotes are ordinary characters. */
  readonly ignoreQuotes?: boolean;
  /** Leave references to unset variables as they are written. */
  readonly keepUnset?: boolean;
}

/** What is wrong with a word; `offset` counts code points from its start. */
export class LexerError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.name = 'LexerError';
    this.offset = offset;
  }
}

// Substitutions nest by recursion: deeper than this is an attack on the stack, not a Dockerfile.
const MAX_DEPTH = 200;
// In code units. `ENV A=$A$A` doubles with each line: this ends it long before memory does.
const MAX_EXPANSION = 1 << 22;

/** Splits and expands a word as BuildKit's `shell/lex.go` does: like a shell, but only its `$` forms and quotes. */
export class ShellLexer {
  readonly #chars: readonly string[];
  readonly #options: LexerOptions;
  #rawEscapes: boolean;
  #at = 0;
  #depth = 0;
  #expanded = 0;
  #words = new WordList();

  constructor(source: string, options: LexerOptions) {
    this.#chars = Array.from(source);
    this.#options = options;
    this.#rawEscapes = options.rawEscapes ?? false;
  }

  /** The whole as one word. Throws LexerError. */
  word(): string {
    return this.#until(undefined, this.#rawEscapes);
  }

  /** Split at white space that is neither quoted nor escaped, after expansion. Throws LexerError. */
  words(): string[] {
    this.#until(undefined, this.#rawEscapes);
    return this.#words.finish();
  }

  #peek(): string | undefined {
    return this.#chars[this.#at];
  }

  #next(): string | undefined {
    const char = this.#chars[this.#at];
    if (char !== undefined) this.#at += 1;
    return char;
  }

  #fail(message: string): LexerError {
    return new LexerError(message, this.#at);
  }

  /** Everything up to `stop`, which is taken as well, or to the end. */
  #until(stop: string | undefined, rawEscapes: boolean): string {
    if (++this.#depth > MAX_DEPTH) throw this.#fail(`substitutions nest deeper than ${MAX_DEPTH}`);
    const outer = { rawEscapes: this.#rawEscapes, words: this.#words };
    this.#rawEscapes = rawEscapes;
    if (stop !== undefined) this.#words = new WordList();
    let result = '';
    for (let char = this.#peek(); char !== stop; char = this.#peek()) {
      if (char === undefined) throw this.#fail(`there is no closing ${stop}`);
      result += this.#piece(char);
    }
    if (stop !== undefined) {
      this.#next();
      this.#words = outer.words;
    }
    this.#rawEscapes = outer.rawEscapes;
    this.#depth -= 1;
    return result;
  }

  #piece(char: string): string {
    if (char === '$') return this.#words.add(this.#dollar());
    if (char === '<') return this.#words.addRaw(this.#lessThan());
    if (!this.#options.ignoreQuotes && char === "'") return this.#words.addRaw(this.#singleQuoted());
    if (!this.#options.ignoreQuotes && char === '"') return this.#words.addRaw(this.#doubleQuoted());
    this.#next();
    if (char !== this.#options.escape) return this.#words.add(char);
    const kept = this.#rawEscapes ? this.#words.addRaw(char) : '';
    const escaped = this.#next();
    return escaped === undefined ? kept : kept + this.#words.addRaw(escaped);
  }

  /** `<<` keeps the white space behind it in the word, so that `<< EOF` stays one. */
  #lessThan(): string {
    this.#next();
    if (this.#peek() !== '<') return '<';
    let text = '<<';
    this.#next();
    for (let char = this.#peek(); char === ' ' || char === '\t' || char === '\r'; char = this.#peek()) {
      text += this.#next();
    }
    return text;
  }

  #singleQuoted(): string {
    const quote = this.#options.rawQuotes ? "'" : '';
    let text = '';
    this.#next();
    for (let char = this.#next(); char !== "'"; char = this.#next()) {
      if (char === undefined) throw this.#fail("there is no closing single quote (')");
      text += char;
    }
    return quote + text + quote;
  }

  #doubleQuoted(): string {
    const quote = this.#options.rawQuotes ? '"' : '';
    const { escape: escapeChar } = this.#options;
    let text = '';
    this.#next();
    for (;;) {
      const char = this.#peek();
      if (char === undefined) throw this.#fail('there is no closing double quote (")');
      if (char === '$') {
        text += this.#dollar();
        continue;
      }
      this.#next();
      if (char === '"') return quote + text + quote;
      text += char === escapeChar ? this.#escapedInQuotes(char) : char;
    }
  }

  /** Inside double quotes an escape counts only before `"`, `$` and itself. */
  #escapedInQuotes(escapeChar: string): string {
    const kept = this.#rawEscapes ? escapeChar : '';
    const char = this.#peek();
    if (char === undefined) return kept;
    if (char === '"' || char === '$' || char === escapeChar) return kept + this.#next();
    return kept + escapeChar;
  }

  #dollar(): string {
    this.#next();
    if (this.#peek() === '{') return this.#braced();
    const name = this.#name();
    if (name === '') return '$';
    return this.#value(name) ?? (this.#options.keepUnset ? `$${name}` : '');
  }

  #braced(): string {
    this.#next();
    const first = this.#peek();
    if (first === undefined) throw this.#fail("there is no closing '}'");
    if (first === '{' || first === '}' || first === ':')
      throw this.#fail('bad substitution: a name must follow ${');
    const name = this.#name();
    const operator = this.#next();
    switch (operator) {
      case '}':
        return this.#value(name) ?? (this.#options.keepUnset ? `\${${name}}` : '');
      case ':':
        return this.#conditional(name, this.#next() ?? '', true);
      case '+':
      case '-':
      case '?':
        return this.#conditional(name, operator, false);
      case '#':
      case '%':
        return this.#trimmed(name, operator);
      case '/':
        return this.#replaced(name);
      default:
        throw this.#unsupported(operator ?? '');
    }
  }

  #unsupported(operator: string): LexerError {
    if (operator === '') return this.#fail("there is no closing '}'");
    return this.#fail(
      `the modifier "${operator}" is not supported in a substitution; there are :- - :+ + :? ? # ## % %% / //`,
    );
  }

  /** `${x-y} ${x+y} ${x?y}`, and with a colon, where empty counts as unset. */
  #conditional(name: string, operator: string, colon: boolean): string {
    const written = colon ? `:${operator}` : operator;
    if (!['+', '-', '?'].includes(operator)) throw this.#unsupported(written);
    const word = this.#until('}', false);
    const value = this.#value(name);
    if (this.#options.keepUnset && value === undefined) return `\${${name}${written}${word}}`;
    const isSet = value !== undefined && !(colon && value === '');
    if (operator === '+') return isSet ? word : '';
    if (operator === '-') return isSet ? value : word;
    if (isSet) return value;
    const reason = value === undefined ? 'is not allowed to be unset' : 'is not allowed to be empty';
    throw this.#fail(`${name}: ${word === '' ? reason : word}`);
  }

  /** `${x#p} ${x##p} ${x%p} ${x%%p}`. */
  #trimmed(name: string, operator: '#' | '%'): string {
    const word = this.#until('}', true);
    const value = this.#value(name);
    if (this.#options.keepUnset && value === undefined) return `\${${name}${operator}${word}}`;
    const longest = word.startsWith(operator);
    const pattern = longest ? word.slice(1) : word;
    const trim = operator === '#' ? trimPrefix : trimSuffix;
    return this.#matching(pattern, () => trim(value ?? '', pattern, longest));
  }

  /** `${x/p/q} ${x//p/q}`. */
  #replaced(name: string): string {
    const all = this.#peek() === '/';
    if (all) this.#next();
    const pattern = this.#until('/', true);
    const replacement = this.#until('}', true);
    const value = this.#value(name);
    if (this.#options.keepUnset && value === undefined) return `\${${name}/${pattern}/${replacement}}`;
    return this.#matching(pattern, () => replacePattern(value ?? '', pattern, replacement, all));
  }

  #matching(pattern: string, action: () => string): string {
    try {
      return action();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw this.#fail(`the pattern ${pattern} is not valid: ${message}`);
    }
  }

  #value(name: string): string | undefined {
    const value = this.#options.lookup(name);
    this.#expanded += value?.length ?? 0;
    if (this.#expanded > MAX_EXPANSION) throw this.#fail('the result is too long');
    return value;
  }

  /** Letters, digits and `_`; digits alone, or one special parameter, as POSIX has them. */
  #name(): string {
    const first = this.#peek();
    if (first === undefined) return '';
    if (/\p{Nd}/u.test(first)) return this.#while(/\p{Nd}/u);
    if ('@*#?-$!'.includes(first)) return this.#next()!;
    return this.#while(/[\p{L}\p{Nd}_]/u);
  }

  #while(pattern: RegExp): string {
    let text = '';
    for (let char = this.#peek(); char !== undefined && pattern.test(char); char = this.#peek()) {
      text += this.#next();
    }
    return text;
  }
}

/** Collects words while the lexer runs. */
class WordList {
  readonly #words: string[] = [];
  #current = '';

  /** Text that white space splits. */
  add(text: string): string {
    for (const [index, part] of text.split(/\s+/).entries()) {
      if (index > 0) this.#flush();
      this.#current += part;
    }
    return text;
  }

  /** Text that belongs to the word as it is. */
  addRaw(text: string): string {
    this.#current += text;
    return text;
  }

  finish(): string[] {
    this.#flush();
    return this.#words;
  }

  #flush(): void {
    if (this.#current !== '') this.#words.push(this.#current);
    this.#current = '';
  }
}
