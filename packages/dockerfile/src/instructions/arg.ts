import { failure } from '../failure.ts';
import { readFlags } from '../flags.ts';
import type { ArgDefinition, ArgInstruction, Word } from '../instruction.ts';
import type { Source } from '../statement.ts';
import { quotedWords } from '../words.ts';
import { missing } from './arguments.ts';

/** `ARG name[=default]…`. */
export function parseArg(source: Source): ArgInstruction {
  readFlags(source, {});
  const words = quotedWords(source);
  if (words.length === 0) throw missing(source, 'at least one argument', 'VERSION=1.0');
  return { kind: 'arg', ...source.base, args: words.map(definition) };
}

function definition({ text, place }: Word): ArgDefinition {
  const equals = text.indexOf('=');
  if (equals === -1) return { name: text, place };
  if (equals === 0) {
    throw failure('BLANK_NAME', 'ARG has a value without a name', place, 'for example: ARG VERSION=1.0');
  }
  return { name: text.slice(0, equals), default: text.slice(equals + 1), place };
}
