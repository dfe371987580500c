import type { Place } from '@slipway/core';
import { failure, suggestion } from '../failure.ts';

/** What `# check=` says. */
export interface CheckDirective {
  /** Rules that are off, as they are written; `all` for every one that is not experimental. */
  readonly skip: ReadonlySet<string>;
  /** Experimental rules that are on; `all` for every one. */
  readonly experimental: ReadonlySet<string>;
  /** Whether a warning fails the build. */
  readonly error: boolean;
}

const OPTIONS = ['skip', 'experimental', 'error'];

/**
 * Reads `skip=A,B;error=true;experimental=all` up to the first space, as BuildKit does; names of rules are case-sensitive. Throws
 * DOCKERFILE_CHECK where an option is none.
 */
export function parseCheckDirective(text = '', place: Place = {}): CheckDirective {
  const options = new Map<string, string>();
  const value = /^\S*/.exec(text.trim())![0];
  for (const part of value === '' ? [] : value.split(';')) {
    const equals = part.indexOf('=');
    const name = (equals === -1 ? part : part.slice(0, equals)).trim();
    if (equals === -1 || !OPTIONS.includes(name)) throw noOption(name, place);
    options.set(name, part.slice(equals + 1).trim());
  }
  const names = (option: string): Set<string> =>
    new Set((options.get(option) ?? '').split(',').map((name) => name.trim()));
  return {
    skip: names('skip'),
    experimental: names('experimental'),
    error: isTrue(options.get('error') ?? 'false', place),
  };
}

/**
 * The directive together with the first `check=` in the comments directly above an instruction, which may switch rules off, or
 * experimental ones on, for this instruction alone.
 */
export function withComments(directive: CheckDirective, comments: readonly string[]): CheckDirective {
  const own = comments.map((comment) => /^check\s*=\s*(\S.*)$/i.exec(comment)?.[1]).find(Boolean);
  if (own === undefined) return directive;
  let added: CheckDirective;
  try {
    added = parseCheckDirective(own);
  } catch {
    return directive; // To BuildKit a comment that it cannot read is a comment.
  }
  return {
    skip: new Set([...directive.skip, ...added.skip]),
    experimental: new Set([...directive.experimental, ...added.experimental]),
    error: directive.error,
  };
}

function noOption(name: string, place: Place): Error {
  const hint = suggestion(name, OPTIONS, 'write it like # check=skip=RuleName,OtherRule;error=true');
  return failure('CHECK', `invalid check option "${name}"`, place, hint);
}

/** The spellings that Go's strconv.ParseBool takes. */
function isTrue(value: string, place: Place): boolean {
  if (/^(1|t|T|TRUE|true|True)$/.test(value)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(value)) return false;
  throw failure('CHECK', `check=error=${value} is neither true nor false`, place);
}

/** Whether a rule is on. */
export function isOn({ skip, experimental }: CheckDirective, id: string, isExperimental = false): boolean {
  if (isExperimental) return experimental.has('all') || experimental.has(id);
  return !(skip.has('all') || skip.has(id));
}
