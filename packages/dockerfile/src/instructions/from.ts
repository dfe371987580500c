import type { Stage } from '../dockerfile.ts';
import { failure } from '../failure.ts';
import { readFlags } from '../flags.ts';
import type { Word } from '../instruction.ts';
import { present } from '../present.ts';
import { placeOf, type Source } from '../statement.ts';
import { plainWords } from '../words.ts';

/** `FROM [--platform=<platform>] <image> [AS <name>]`: what a stage begins with. */
export function parseFrom(source: Source, index: number): Omit<Stage, 'instructions'> {
  const flags = readFlags(source, { platform: 'string' });
  const [base, as, name, ...others] = plainWords(source);
  const named = as?.text.toLowerCase() === 'as' && name !== undefined && others.length === 0;
  if (base === undefined || (as !== undefined && !named)) {
    throw failure(
      'FROM_ARGUMENTS',
      'FROM requires either one argument, or three: an image, AS, and a name for the stage',
      as?.place ?? placeOf(source),
      'for example: FROM golang:1.24 AS build',
    );
  }
  return {
    ...source.base,
    index,
    base,
    ...present({ name: stageName(name), platform: platform(flags.word('platform')) }),
  };
}

function platform(flag: Word | undefined): Word | undefined {
  if (flag === undefined) return undefined;
  return flag.text === '' ? undefined : flag;
}

function stageName(name: Word | undefined): string | undefined {
  const lower = name?.text.toLowerCase();
  if (lower === undefined || /^[a-z][a-z0-9-_.]*$/.test(lower)) return lower;
  throw failure(
    'STAGE_NAME',
    `invalid name for build stage: "${name!.text}"`,
    name!.place,
    'a name begins with a letter and has letters, digits, -, _ and . in it',
  );
}
