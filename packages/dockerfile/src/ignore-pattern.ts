/** One pattern of .dockerignore or --exclude, as Go's moby/patternmatcher reads it. */
export interface IgnorePattern {
  /** `!pattern`: what it matches is taken in again. */
  readonly negated: boolean;
  /** Cleaned, without the `!`. */
  readonly text: string;
  matches(path: string): boolean;
}

/** Compiles a cleaned pattern. Throws Error saying what is wrong with its syntax. */
export function compilePattern(text: string, negated: boolean): IgnorePattern {
  checkSyntax(text);
  return { negated, text, matches: matcher(text) };
}

function matcher(text: string): (path: string) => boolean {
  // The shapes that Go's port treats without a regular expression; `**foo` is one where that makes a difference.
  const literal = /^[^*?[\]\\]*$/;
  if (literal.test(text)) return (path) => path === text;
  if (text.startsWith('**') && literal.test(text.slice(2))) {
    const suffix = text.slice(2);
    return (path) => path.endsWith(suffix) || `/${path}` === suffix;
  }
  if (text.endsWith('**') && literal.test(text.slice(0, -2))) {
    const prefix = text.slice(0, -2);
    return (path) => path.startsWith(prefix);
  }
  const expression = new RegExp(`^${translate(text)}$`, 'su');
  return (path) => expression.test(path);
}

/** The pattern as a regular expression: `*` and `?` stop at slashes, `**` does not, `[…]` as in Go's filepath.Match. */
function translate(text: string): string {
  const chars = Array.from(text);
  let result = '';
  for (let index = 0; index < chars.length; index++) {
    const char = chars[index]!;
    if (char === '*' && chars[index + 1] === '*') {
      index += chars[index + 2] === '/' ? 2 : 1;
      result += index + 1 >= chars.length ? '.*' : '(?:.*/)?';
    } else if (char === '*') result += '[^/]*';
    else if (char === '?') result += '[^/]';
    else if (char === '\\') result += quote(chars[++index] ?? '\\');
    else if (char === '[') {
      const end = endOfClass(chars, index);
      result += translateClass(chars.slice(index + 1, end));
      index = end;
    } else result += quote(char);
  }
  return result;
}

function translateClass(chars: readonly string[]): string {
  const negated = chars[0] === '^';
  const body = chars.slice(negated ? 1 : 0);
  let result = '';
  for (let index = 0; index < body.length; index++) {
    const char = body[index]!;
    if (char === '\\') result += quote(body[++index]!);
    else result += char === '-' ? '-' : quote(char);
  }
  return `[${negated ? '^' : ''}${result}]`;
}

function quote(char: string): string {
  return /[\^$\\.*+?()[\]{}|/-]/.test(char) ? `\\${char}` : char;
}

function endOfClass(chars: readonly string[], start: number): number {
  let index = start + 1;
  while (index < chars.length && chars[index] !== ']') index += chars[index] === '\\' ? 2 : 1;
  return index;
}

/** The errors of Go's filepath.Match: a lone escape at the end, a class that is empty, open, or has a half range. */
function checkSyntax(text: string): void {
  const chars = Array.from(text);
  for (let index = 0; index < chars.length; index++) {
    if (chars[index] === '\\') {
      index += 1;
      if (index >= chars.length) throw new Error('it ends in a lone backslash');
    } else if (chars[index] === '[') index = checkClass(chars, index + 1);
  }
}

/** Returns the index of the closing bracket. */
function checkClass(chars: readonly string[], start: number): number {
  let index = chars[start] === '^' ? start + 1 : start;
  let ranges = 0;
  while (chars[index] !== ']' || ranges === 0) {
    const low = classChar(chars, index);
    index = low.next;
    if (chars[index] === '-') {
      const high = classChar(chars, index + 1);
      index = high.next;
      if (high.char.codePointAt(0)! < low.char.codePointAt(0)!)
        throw new Error(`the range ${low.char}-${high.char} is empty`);
    }
    ranges += 1;
  }
  return index;
}

function classChar(chars: readonly string[], index: number): { char: string; next: number } {
  const escaped = chars[index] === '\\';
  const char = chars[escaped ? index + 1 : index];
  if (char === undefined) throw new Error('a [ is not closed');
  if (!escaped && (char === '-' || char === ']')) throw new Error(`"${char}" inside [] needs a backslash`);
  return { char, next: index + (escaped ? 2 : 1) };
}
