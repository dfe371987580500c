import { SlipwayError } from '@slipway/core';

/** Whether Go's filepath.Match would treat any character of the pattern as special. */
export function hasWildcard(pattern: string): boolean {
  return /[*?[\\]/.test(pattern);
}

/** One part of a path pattern (Go's `filepath.Match`: `*`, `?`, `[a-z]`, `[^a]`, `\x`) as an expression. Throws COPY_PATTERN. */
export function wildcardExpression(pattern: string): RegExp {
  let expression = '';
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at]!;
    if (char === '*') expression += '[^/]*';
    else if (char === '?') expression += '[^/]';
    else if (char === '[') {
      const [text, end] = characterClass(pattern, at);
      expression += text;
      at = end;
    } else if (char === '\\') {
      at += 1;
      if (at === pattern.length) throw badPattern(pattern);
      expression += literal(pattern[at]!);
    } else expression += literal(char);
  }
  return new RegExp(`^${expression}$`, 'su');
}

function characterClass(pattern: string, start: number): [expression: string, end: number] {
  let at = start + 1;
  const negated = pattern[at] === '^';
  if (negated) at += 1;
  let body = '';
  while (at < pattern.length && pattern[at] !== ']') {
    if (pattern[at] === '\\') at += 1;
    else if (pattern[at] === '-' && body !== '') {
      body += '-';
      at += 1;
      continue;
    }
    if (at >= pattern.length) break;
    body += literal(pattern[at]!);
    at += 1;
  }
  if (pattern[at] !== ']' || body === '') throw badPattern(pattern);
  return [`[${negated ? '^' : ''}${body}]`, at];
}

function literal(char: string): string {
  return /[\\^$.*+?()[\]{}|/-]/.test(char) ? `\\${char}` : char;
}

function badPattern(pattern: string): SlipwayError {
  return new SlipwayError('invalid', 'COPY_PATTERN', `"${pattern}" is not a valid file pattern`);
}
