import { readFlags } from '../flags.ts';
import type { UserInstruction } from '../instruction.ts';
import type { Source } from '../statement.ts';
import { oneArgument } from './arguments.ts';

/** `USER <user>[:<group>]`. */
export function parseUser(source: Source): UserInstruction {
  readFlags(source, {});
  return { kind: 'user', ...source.base, user: oneArgument(source, '1000:1000') };
}
