import type { Place } from '@slipway/core';
import { failure, suggestion } from './failure.ts';
import type { Word } from './instruction.ts';
import type { Statement } from './statement.ts';

export type FlagType = 'boolean' | 'string' | 'list';

/** The flags of one instruction, typed by its table. */
export class Flags {
  readonly #values: ReadonlyMap<string, readonly Word[]>;

  constructor(values: ReadonlyMap<string, readonly Word[]>) {
    this.#values = values;
  }

  /** The value of a string flag with its place. */
  word(name: string): Word | undefined {
    return this.#values.get(name)?.[0];
  }

  string(name: string): string | undefined {
    return this.word(name)?.text;
  }

  /** Undefined where the flag is absent. */
  boolean(name: string): boolean | undefined {
    const value = this.string(name);
    return value === undefined ? undefined : value === 'true';
  }

  list(name: string): readonly Word[] {
    return this.#values.get(name) ?? [];
  }
}

/** Reads the statement's flags; unknown, repeated and badly valued ones are errors. */
export function readFlags(statement: Statement, types: Readonly<Record<string, FlagType>>): Flags {
  const values = new Map<string, Word[]>();
  for (const { text, place } of statement.flags) {
    const equals = text.indexOf('=');
    const name = text.slice('--'.length, equals === -1 ? undefined : equals);
    const value = equals === -1 ? undefined : text.slice(equals + 1);
    const type = Object.hasOwn(types, name) ? types[name]! : undefined;
    if (type === undefined) throw unknownFlag(statement.keyword, name, Object.keys(types), place);
    const earlier = values.get(name) ?? [];
    if (earlier.length > 0 && type !== 'list') {
      throw failure('DUPLICATE_FLAG', `--${name} is given twice`, place, 'keep one of them');
    }
    values.set(name, [...earlier, { text: flagValue(name, type, value, place), place }]);
  }
  return new Flags(values);
}

function unknownFlag(keyword: string, name: string, known: readonly string[], place: Place): Error {
  const instruction = keyword.toUpperCase();
  const list =
    known.length === 0
      ? `${instruction} has no flags`
      : `${instruction} knows ${known.map((flag) => `--${flag}`).join(', ')}`;
  const near = suggestion(name, known);
  const hint = near === undefined ? list : near.replace('did you mean ', 'did you mean --');
  return failure('UNKNOWN_FLAG', `unknown flag --${name} for ${instruction}`, place, hint);
}

function flagValue(name: string, type: FlagType, value: string | undefined, place: Place): string {
  if (type !== 'boolean') {
    if (value === undefined) {
      throw failure('FLAG_VALUE', `--${name} needs a value`, place, `write it as --${name}=VALUE`);
    }
    return value;
  }
  const lower = (value ?? 'true').toLowerCase();
  if (lower !== 'true' && lower !== 'false') {
    throw failure('FLAG_VALUE', `--${name} is true or false, not "${value}"`, place);
  }
  return lower;
}
