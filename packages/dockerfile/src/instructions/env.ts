import { readFlags } from '../flags.ts';
import type { EnvInstruction } from '../instruction.ts';
import type { Source } from '../statement.ts';
import { keyValues } from './key-values.ts';

/** `ENV name=value…`. */
export function parseEnv(source: Source): EnvInstruction {
  readFlags(source, {});
  return { kind: 'env', ...source.base, pairs: keyValues(source) };
}
