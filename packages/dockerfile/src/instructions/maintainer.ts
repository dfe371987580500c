import { readFlags } from '../flags.ts';
import type { MaintainerInstruction } from '../instruction.ts';
import type { Source } from '../statement.ts';
import { oneArgument } from './arguments.ts';

/** `MAINTAINER <name>`: deprecated, a label does it. */
export function parseMaintainer(source: Source): MaintainerInstruction {
  readFlags(source, {});
  return { kind: 'maintainer', ...source.base, name: oneArgument(source, 'team@example.com') };
}
