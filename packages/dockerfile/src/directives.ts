import type { Directives } from './dockerfile.ts';
import { failure } from './failure.ts';
import { parseCheckDirective } from './lint/check-directive.ts';
import type { LineReader } from './logical-line.ts';

const NAMES = ['syntax', 'escape', 'check'];

/**
 * Reads the parser directives: comments `# name=value` at the very top, each at most once. Below a `#!` line docker still finds
 * `syntax` and `check`, but not `escape`.
 */
export function readDirectives(reader: LineReader): Directives {
  const found = new Map<string, string>();
  const hasShebang = reader.peek()?.startsWith('#!') ?? false;
  if (hasShebang) reader.next();
  for (let line = reader.peek(); line !== undefined; line = reader.peek()) {
    const match = /^\s*#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(\S.*)$/.exec(line.trimEnd());
    const name = match?.[1]?.toLowerCase() ?? '';
    if (!NAMES.includes(name)) break;
    reader.next();
    if (found.has(name)) {
      throw failure('DIRECTIVE', `only one ${name} parser directive can be used`, reader.place());
    }
    found.set(name, match![2]!);
    if (name === 'escape' && !hasShebang) checkEscape(match![2]!, reader);
    if (name === 'check') parseCheckDirective(match![2]!, reader.place());
  }
  const syntax = found.get('syntax');
  const check = found.get('check');
  return {
    escape: found.get('escape') === '`' && !hasShebang ? '`' : '\\',
    ...(syntax === undefined ? {} : { syntax }),
    ...(check === undefined ? {} : { check }),
  };
}

function checkEscape(value: string, reader: LineReader): void {
  if (value === '\\' || value === '`') return;
  throw failure('DIRECTIVE', `invalid escape token "${value}"`, reader.place(), 'it is \\ or `');
}
