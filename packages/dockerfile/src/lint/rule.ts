import type { Place } from '@slipway/core';
import type { Dockerfile, Stage } from '../dockerfile.ts';
import type { Instruction } from '../instruction.ts';

/** What a rule found, and where. */
export type Finding = readonly [message: string, place: Place];

/** A Dockerfile without what the rules say of it. */
export type LintedFile = Omit<Dockerfile, 'warnings'>;

/** A rule that the tree alone can tell. */
export type Rule = (dockerfile: LintedFile) => Iterable<Finding>;

/** The first word as it is written. */
export function keywordOf({ source }: { readonly source: string }): string {
  return /^\S*/.exec(source)![0];
}

export function everyInstruction({ stages }: { readonly stages: readonly Stage[] }): Instruction[] {
  return stages.flatMap(({ instructions }) => instructions);
}
