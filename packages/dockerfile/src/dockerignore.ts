import { failure } from './failure.ts';
import { compilePattern, type IgnorePattern } from './ignore-pattern.ts';
import { cleanPath } from './path-clean.ts';

/** Decides which files of a folder are left out. Paths are relative to it, with `/`, without `./`. */
export interface IgnoreMatcher {
  /** The patterns in order, as they were understood. */
  readonly patterns: readonly string[];
  /** Whether the path, or a folder that it is in, is left out. */
  excludes(path: string): boolean;
  /** Whether nothing below this folder can be taken in, so that a walk need not enter it. */
  prunes(folder: string): boolean;
}

/** Reads a .dockerignore as docker does. Throws DOCKERFILE_IGNORE_PATTERN with the line. */
export function parseDockerignore(text: string, options: { readonly file?: string } = {}): IgnoreMatcher {
  const { file = '.dockerignore' } = options;
  const lines = (text.startsWith('\uFEFF') ? text.slice(1) : text).split('\n');
  const patterns = lines.flatMap((line, index) => {
    if (line.startsWith('#')) return [];
    const pattern = normalize(line.trim());
    const place = { file, line: index + 1, column: 1, text: line.replace(/\r$/, '') };
    return pattern === '' ? [] : [compile(pattern, place)];
  });
  return new PatternList(patterns);
}

/** The matcher of patterns given one by one, as `COPY --exclude` does. */
export function ignoreMatcher(patterns: readonly string[]): IgnoreMatcher {
  const cleaned = patterns.map((pattern) => pattern.trim()).filter((pattern) => pattern !== '');
  return new PatternList(cleaned.map((pattern) => compile(cleanPath(pattern), {})));
}

/** A pattern relative to the context: cleaned, without a leading slash, the `!` kept in front. */
function normalize(line: string): string {
  if (line === '') return '';
  const negated = line.startsWith('!');
  const body = negated ? line.slice(1).trim() : line;
  const cleaned = body === '' ? '' : cleanPath(body);
  const relative = cleaned.length > 1 && cleaned.startsWith('/') ? cleaned.slice(1) : cleaned;
  return negated ? `!${relative}` : relative;
}

function compile(pattern: string, place: Parameters<typeof failure>[2]): IgnorePattern {
  const negated = pattern.startsWith('!');
  const text = negated ? pattern.slice(1) : pattern;
  if (text === '') {
    throw failure(
      'IGNORE_PATTERN',
      'the pattern "!" takes in nothing',
      place,
      'name a file or folder behind the !',
    );
  }
  try {
    return compilePattern(text, negated);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw failure('IGNORE_PATTERN', `the pattern "${pattern}" is not valid: ${reason}`, place);
  }
}

class PatternList implements IgnoreMatcher {
  readonly patterns: readonly string[];
  readonly #patterns: readonly IgnorePattern[];

  constructor(patterns: readonly IgnorePattern[]) {
    this.#patterns = patterns;
    this.patterns = patterns.map(({ negated, text }) => (negated ? `!${text}` : text));
  }

  excludes(path: string): boolean {
    const candidates = withParents(path);
    let excluded = false;
    // The last pattern that matches decides; one that would change nothing need not be tried.
    for (const pattern of this.#patterns) {
      if (pattern.negated === excluded && candidates.some((candidate) => pattern.matches(candidate))) {
        excluded = !pattern.negated;
      }
    }
    return excluded;
  }

  prunes(folder: string): boolean {
    if (!this.excludes(folder)) return false;
    return !this.#patterns.some(({ negated, text }) => negated && mayMatchBelow(text, folder));
  }
}

/** `a/b/c` → `a`, `a/b`, `a/b/c`: a pattern that matches a folder holds for all in it. */
function withParents(path: string): string[] {
  const parts = path.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** Whether a pattern could match something below the folder, judged by its literal beginning; in doubt, yes. */
function mayMatchBelow(pattern: string, folder: string): boolean {
  const wildcard = pattern.search(/[*?[\\]/);
  const literal = wildcard === -1 ? pattern : pattern.slice(0, wildcard);
  const below = `${folder}/`;
  return wildcard === -1
    ? `${literal}/`.startsWith(below)
    : literal.startsWith(below) || below.startsWith(literal);
}
