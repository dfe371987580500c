import { readFlags } from '../flags.ts';
import type { LabelInstruction } from '../instruction.ts';
import type { Source } from '../statement.ts';
import { keyValues } from './key-values.ts';

/** `LABEL name=value…`. */
export function parseLabel(source: Source): LabelInstruction {
  readFlags(source, {});
  return { kind: 'label', ...source.base, pairs: keyValues(source) };
}
