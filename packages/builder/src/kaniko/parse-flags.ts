import { parseDuration, SlipwayError } from '@slipway/core';
import type { Flag } from './flags/flag.ts';

const TRUE: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE: ReadonlySet<string> = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

/** A boolean as Go's strconv.ParseBool reads it; undefined for what is none. */
export function parseBoolean(text: string): boolean | undefined {
  return TRUE.has(text) ? true : FALSE.has(text) ? false : undefined;
}

/** What a command line says. */
export interface CommandLineFlags {
  readonly values: FlagValues;
  /** The flags as they were spelled, in their order, each once. */
  readonly given: readonly Flag[];
  /** What is no flag, in its order. */
  readonly positional: readonly string[];
}

/** The values of flags by name; a flag that was not given has its variable's value, or its default. */
export class FlagValues {
  readonly #flags: ReadonlyMap<string, Flag>;
  readonly #given: ReadonlyMap<string, readonly string[]>;

  constructor(flags: readonly Flag[], given: ReadonlyMap<string, readonly string[]>) {
    this.#flags = new Map(flags.map((flag) => [flag.name, flag]));
    this.#given = given;
  }

  /** Whether the flag itself, or its variable, gives a value. */
  isGiven(name: string): boolean {
    return this.#given.has(name);
  }

  string(name: string): string {
    return this.#last(name);
  }

  /** As `string`; undefined where that is empty. */
  optional(name: string): string | undefined {
    return this.#last(name) || undefined;
  }

  boolean(name: string): boolean {
    return TRUE.has(this.#last(name));
  }

  int(name: string): number {
    return Number(this.#last(name) || '0');
  }

  /** Milliseconds. */
  duration(name: string): number {
    return parseDuration(this.#last(name) || '0');
  }

  list(name: string): readonly string[] {
    this.#flag(name);
    return this.#given.get(name) ?? [];
  }

  #last(name: string): string {
    const flag = this.#flag(name);
    return this.#given.get(name)?.at(-1) ?? flag.default ?? '';
  }

  #flag(name: string): Flag {
    const flag = this.#flags.get(name);
    if (flag === undefined) throw new Error(`the table has no flag ${name}`);
    return flag;
  }
}

/**
 * Reads a command line by the rules of Go's pflag, which kaniko uses: `--name=value`, `--name value`, `-n value`, `-nvalue`,
 * booleans without a value, flags behind arguments, `--` at the end of all flags. Throws KANIKO_FLAG with pflag's words.
 */
export function parseFlags(
  flags: readonly Flag[],
  argv: readonly string[],
  env: NodeJS.ProcessEnv = {},
): CommandLineFlags {
  const given = new Map<string, string[]>();
  const spelled = new Set<Flag>();
  const positional: string[] = [];
  const take = ({ flag, value, written }: Taken): void => {
    checkValue(flag, value, written);
    spelled.add(flag);
    const name = flag.means ?? flag.name;
    given.set(name, [...(given.get(name) ?? []), value]);
  };
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      positional.push(...rest.splice(0));
    } else if (word.startsWith('--')) {
      take(longFlag(flags, word, rest));
    } else if (word.startsWith('-') && word !== '-') {
      for (const one of shortFlags(flags, word, rest)) take(one);
    } else {
      positional.push(word);
    }
  }
  for (const flag of flags) {
    const value = flag.env === undefined ? undefined : env[flag.env];
    if (value === undefined || value === '') continue;
    // kaniko adds the variable to a list, and lets the command line win otherwise.
    if (flag.type === 'list' || !given.has(flag.name)) take({ flag, value, written: `--${flag.name}` });
  }
  return { values: new FlagValues(flags, given), given: [...spelled], positional };
}

/** A flag with its value, and its spelling in pflag's messages. */
interface Taken {
  readonly flag: Flag;
  readonly value: string;
  readonly written: string;
}

/** `--name`, `--name=value` or `--name value`; the latter takes the next word off `rest`. */
function longFlag(flags: readonly Flag[], word: string, rest: string[]): Taken {
  const equals = word.indexOf('=');
  const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
  if (name === '' || name.startsWith('-')) throw flagError(`bad flag syntax: ${word}`);
  const flag = flags.find((one) => one.name === name);
  if (flag === undefined) throw unknownFlag(flags, name);
  const written = flag.short === undefined ? `--${name}` : `-${flag.short}, --${name}`;
  if (equals >= 0) return { flag, value: word.slice(equals + 1), written };
  if (flag.type === 'boolean') return { flag, value: 'true', written };
  const value = rest.shift();
  if (value === undefined) throw flagError(`flag needs an argument: --${name}`);
  return { flag, value, written };
}

/** `-f file`, `-ffile`, `-f=file`, and letters of booleans together. */
function shortFlags(flags: readonly Flag[], word: string, rest: string[]): Taken[] {
  const taken: Taken[] = [];
  for (let letters = word.slice(1); letters !== ''; letters = letters.slice(1)) {
    const letter = letters[0]!;
    const after = letters.slice(1);
    const flag = flags.find((one) => one.short === letter);
    if (flag === undefined) throw flagError(`unknown shorthand flag: '${letter}' in -${letters}`);
    const written = `-${letter}, --${flag.name}`;
    if (flag.type === 'boolean' && !after.startsWith('=')) {
      taken.push({ flag, value: 'true', written });
      continue;
    }
    const value = after.startsWith('=') ? after.slice(1) : after === '' ? rest.shift() : after;
    if (value === undefined) throw flagError(`flag needs an argument: '${letter}' in -${letters}`);
    return [...taken, { flag, value, written }];
  }
  return taken;
}

function checkValue({ type }: Flag, value: string, written: string): void {
  const invalid = (why: string): SlipwayError =>
    flagError(`invalid argument ${JSON.stringify(value)} for "${written}" flag: ${why}`);
  const quoted = JSON.stringify(value);
  if (type === 'boolean' && parseBoolean(value) === undefined)
    throw invalid(`strconv.ParseBool: parsing ${quoted}: invalid syntax`);
  if (type === 'int' && !/^[-+]?\d{1,15}$/.test(value))
    throw invalid(`strconv.ParseInt: parsing ${quoted}: invalid syntax`);
  if (type !== 'duration') return;
  try {
    parseDuration(value);
  } catch {
    throw invalid(`time: invalid duration ${quoted}`);
  }
}

function unknownFlag(flags: readonly Flag[], name: string): SlipwayError {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[-_]/g, '');
  const near = flags.find((flag) => plain(flag.name) === plain(name));
  return flagError(`unknown flag: --${name}`, near && `did you mean --${near.name}?`);
}

/** A command line that kaniko refuses. */
export function flagError(message: string, hint?: string): SlipwayError {
  return new SlipwayError('usage', 'KANIKO_FLAG', message, { hint });
}
