import { failure } from '../failure.ts';
import { readFlags } from '../flags.ts';
import type { ShellInstruction } from '../instruction.ts';
import { jsonArray } from '../json-array.ts';
import { placeOf, type Source } from '../statement.ts';
import { missing } from './arguments.ts';

/** `SHELL ["program", "argument"…]`. */
export function parseShell(source: Source): ShellInstruction {
  readFlags(source, {});
  const example = '["/bin/bash", "-o", "pipefail", "-c"]';
  const shell = jsonArray(source);
  if (source.rest === '' || shell?.length === 0) throw missing(source, 'at least one argument', example);
  if (shell === undefined) {
    throw failure(
      'SHELL_FORM',
      'SHELL requires its arguments as a JSON array',
      placeOf(source),
      `for example: SHELL ${example}`,
    );
  }
  return { kind: 'shell', ...source.base, shell };
}
