import type { Place } from '@slipway/core';
import type { ArgInstruction, Instruction, InstructionBase, Word } from './instruction.ts';

/** The parser directives at the top of the file. */
export interface Directives {
  /** `# syntax=`: the frontend image that the author asked for; kept, not followed. */
  readonly syntax?: string;
  /** `# escape=`: the character that escapes and continues lines. */
  readonly escape: '\\' | '`';
  /** `# check=`: which lint rules are skipped, whether they fail the build. */
  readonly check?: string;
}

/** One FROM and the instructions up to the next. */
export interface Stage extends InstructionBase {
  /** In lower case, as docker compares it. */
  readonly name?: string;
  /** 0-based; `COPY --from=0` names it. */
  readonly index: number;
  /** Image, earlier stage or `scratch`; may hold variables of the ARGs before the first FROM. */
  readonly base: Word;
  /** `--platform`; may hold variables. */
  readonly platform?: Word;
  readonly instructions: readonly Instruction[];
}

/** Something that builds, but is likely not what was meant; `rule` is BuildKit's name for it. */
export interface Warning {
  readonly rule: string;
  readonly message: string;
  readonly place: Place;
}

/** A parsed Dockerfile; nothing is expanded yet. */
export interface Dockerfile {
  readonly directives: Directives;
  /** The ARGs before the first FROM. */
  readonly metaArgs: readonly ArgInstruction[];
  readonly stages: readonly Stage[];
  readonly warnings: readonly Warning[];
}
