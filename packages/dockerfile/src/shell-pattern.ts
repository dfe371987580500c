/** A piece of a shell pattern: a character, any one (`?`) or any number of them (`*`). */
type Token = { readonly char: string } | '?' | '*';

/** The longest that a replacement may make a value, in UTF-16 code units: far beyond what an environment can hold. */
const MAX_LENGTH = 1 << 22;

/** `*`, `?` and `\` as in `${x#p}`; there are no brackets. Throws on an escape that means nothing. */
function tokenize(pattern: string): Token[] {
  const chars = Array.from(pattern);
  const tokens: Token[] = [];
  for (let index = 0; index < chars.length; index++) {
    const char = chars[index]!;
    if (char === '*' || char === '?') tokens.push(char);
    else if (char !== '\\') tokens.push({ char });
    else tokens.push({ char: escaped(chars[++index]) });
  }
  return tokens;
}

function escaped(char: string | undefined): string {
  // `}` and `/` need the escape to be part of a pattern at all.
  if (char !== undefined && '}/*?\\'.includes(char)) return char;
  throw new Error(`"\\${char ?? ''}" is no escape; there are \\* \\? \\\\ \\} \\/`);
}

interface Match {
  readonly start: number;
  readonly end: number;
}

interface Search {
  readonly tokens: readonly Token[];
  readonly chars: readonly string[];
  readonly from: number;
  /** Only a match at `from` counts. */
  readonly anchored: boolean;
  readonly longest: boolean;
}

/**
 * The leftmost match, the longest or the shortest of those that begin there. All ways through the pattern are followed at once, in
 * steps of text × pattern, where a regular expression may take exponential time.
 */
function findMatch({ tokens, chars, from, anchored, longest }: Search): Match | undefined {
  // For each position in the pattern, the leftmost start from which it has been reached.
  let starts = new Array<number>(tokens.length + 1).fill(Infinity);
  let best: Match | undefined;
  for (let at = from; at <= chars.length; at++) {
    if (best === undefined && (at === from || !anchored)) starts[0] = Math.min(starts[0]!, at);
    skipStars(tokens, starts);
    const start = starts[tokens.length]!;
    if (start <= (best?.start ?? chars.length)) {
      best = { start, end: at };
      if (!longest) return best;
      starts = starts.map((other) => (other > start ? Infinity : other));
    }
    if (at === chars.length || (starts.every((other) => other === Infinity) && (best || anchored))) break;
    starts = step(tokens, starts, chars[at]!);
  }
  return best;
}

/** A star may match nothing. */
function skipStars(tokens: readonly Token[], starts: number[]): void {
  for (const [index, token] of tokens.entries()) {
    if (token === '*') starts[index + 1] = Math.min(starts[index + 1]!, starts[index]!);
  }
}

function step(tokens: readonly Token[], starts: readonly number[], char: string): number[] {
  const next = new Array<number>(starts.length).fill(Infinity);
  for (const [index, token] of tokens.entries()) {
    const matches = typeof token === 'object' ? token.char === char : char !== '\n';
    const to = token === '*' ? index : index + 1;
    if (matches) next[to] = Math.min(next[to]!, starts[index]!);
  }
  return next;
}

/** `${x#p}` and, with `longest`, `${x##p}`. */
export function trimPrefix(value: string, pattern: string, longest: boolean): string {
  return trimStart(Array.from(value), tokenize(pattern), longest).join('');
}

/** `${x%p}` and, with `longest`, `${x%%p}`. */
export function trimSuffix(value: string, pattern: string, longest: boolean): string {
  const tokens = tokenize(pattern).reverse();
  return trimStart(Array.from(value).reverse(), tokens, longest).reverse().join('');
}

function trimStart(chars: readonly string[], tokens: readonly Token[], longest: boolean): string[] {
  return chars.slice(findMatch({ tokens, chars, from: 0, anchored: true, longest })?.end ?? 0);
}

/** `${x/p/q}` and, with `all`, `${x//p/q}`: the leftmost longest match becomes `replacement`. */
export function replacePattern(value: string, pattern: string, replacement: string, all: boolean): string {
  const tokens = tokenize(pattern);
  const chars = Array.from(value);
  const pieces: string[] = [];
  let length = 0;
  let done = 0;
  let from = 0;
  while (from <= chars.length) {
    const match = findMatch({ tokens, chars, from, anchored: false, longest: true });
    if (match === undefined) break;
    const empty = match.end === match.start;
    // Go's rule: an empty match does not follow right behind another match.
    if (!(empty && match.start === done && done > 0)) {
      pieces.push(chars.slice(done, match.start).join(''), replacement);
      length += match.start - done + replacement.length;
      if (length > MAX_LENGTH) throw new Error('the result is too long');
      done = match.end;
    }
    if (!all) break;
    from = empty ? match.end + 1 : match.end;
  }
  return pieces.join('') + chars.slice(done).join('');
}
