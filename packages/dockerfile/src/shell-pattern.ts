/** A piece of a shell pattern: a character, any one (`?`) or any number of them (`*`). */
type Token = { readonly char: string } | '?' | '*';

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

/** The lengths that the pattern can match at the start of `chars`; linear in pattern × text, where a regular expression may explode. */
function matchLengths(tokens: readonly Token[], chars: readonly string[]): number[] {
  let reached = new Set([0]);
  for (const token of tokens) {
    const next = new Set<number>();
    for (const at of reached) {
      if (token !== '*') {
        const char = chars[at];
        if (char !== undefined && (token === '?' ? char !== '\n' : char === token.char)) next.add(at + 1);
        continue;
      }
      for (let end = at; !next.has(end); end++) {
        next.add(end);
        if (end >= chars.length || chars[end] === '\n') break;
      }
    }
    reached = next;
  }
  return [...reached];
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
  const lengths = matchLengths(tokens, chars);
  if (lengths.length === 0) return [...chars];
  return chars.slice(
    longest ? lengths.reduce((a, b) => Math.max(a, b)) : lengths.reduce((a, b) => Math.min(a, b)),
  );
}

/** `${x/p/q}` and, with `all`, `${x//p/q}`: the leftmost longest match becomes `replacement`. */
export function replacePattern(value: string, pattern: string, replacement: string, all: boolean): string {
  const tokens = tokenize(pattern);
  const chars = Array.from(value);
  let result = '';
  let at = 0;
  let done = false;
  let afterMatch = false;
  while (at <= chars.length && !done) {
    const length = matchLengths(tokens, chars.slice(at)).reduce((a, b) => Math.max(a, b), -1);
    // Go's rule: an empty match does not follow right behind another match.
    const matched = length > 0 || (length === 0 && !afterMatch);
    if (matched) result += replacement;
    if (!matched || length === 0) result += chars[at] ?? '';
    at += matched && length > 0 ? length : 1;
    afterMatch = matched && length > 0;
    done = matched && !all;
  }
  return result + chars.slice(at).join('');
}
