import { failure } from '../failure.ts';
import { readFlags } from '../flags.ts';
import type { Heredoc, Instruction, OnbuildInstruction } from '../instruction.ts';
import { placeOf, type Source, splitStatement } from '../statement.ts';
import { missing } from './arguments.ts';

/** `ONBUILD <instruction>`; `parseTriggered` checks the trigger as an instruction of its own. */
export function parseOnbuild(
  source: Source,
  parseTriggered: (trigger: Source) => Instruction,
): OnbuildInstruction {
  readFlags(source, {});
  if (source.rest === '') throw missing(source, 'at least one argument', 'COPY . /src');
  const trigger = splitStatement(source.line, source.escape, source.restOffset);
  const keyword = trigger.keyword.toUpperCase();
  if (keyword === 'ONBUILD')
    throw failure('ONBUILD_TRIGGER', 'ONBUILD ONBUILD is not allowed', placeOf(source));
  if (keyword === 'FROM' || keyword === 'MAINTAINER') {
    throw failure('ONBUILD_TRIGGER', `${keyword} is not allowed as an ONBUILD trigger`, placeOf(source));
  }
  parseTriggered({ ...trigger, base: source.base, heredocs: source.heredocs });
  // With the spaces at the end of the line: docker keeps them.
  const written = source.line.text.slice(source.restOffset);
  return { kind: 'onbuild', ...source.base, trigger: written + heredocBodies(source.heredocs) };
}

function heredocBodies(heredocs: readonly Heredoc[]): string {
  return heredocs.map(({ name, content }) => `\n${content}${name}`).join('');
}
