import type { Place } from '@slipway/core';
import type { Dockerfile, Stage } from '../dockerfile.ts';
import type { Instruction } from '../instruction.ts';

/** What a rule found, and where; `by` is the instruction whose comments may switch it off, where it is another one. */
export type Finding = readonly [message: string, place: Place, by?: Place];

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

/** The stages that a stage is FROM, itself last; the first one is FROM an image or scratch. */
export function chainOf(stage: Stage, stages: readonly Stage[]): Stage[] {
  const base = stages.slice(0, stage.index).findLast(({ name }) => name === stage.base.text.toLowerCase());
  return base === undefined ? [stage] : [...chainOf(base, stages), stage];
}
