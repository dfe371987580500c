import type { Instruction, InstructionKind, VariableScope } from '@slipway/dockerfile';
import type { StageState } from '../image/stage-state.ts';

/** The instruction of one kind. */
export type InstructionOf<K extends InstructionKind> = Extract<Instruction, { kind: K }>;

/** What an instruction that makes no layer needs beside itself. */
export interface MetadataContext {
  /** The time that goes into the history; undefined: that of the layer before, so that a rebuild from the cache gives the same image. */
  readonly created: Date | undefined;
  /** The stage's variables; ARG and ENV add to it. */
  readonly scope: VariableScope;
}

/** An instruction that only changes the configuration; its variables are already expanded. */
export type MetadataHandler<K extends InstructionKind> = (
  state: StageState,
  instruction: InstructionOf<K>,
  context: MetadataContext,
) => StageState;
