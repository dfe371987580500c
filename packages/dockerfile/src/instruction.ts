import type { Place } from '@slipway/core';

/** A word of the file as it is written, variables not expanded, with where it stands. */
export interface Word {
  readonly text: string;
  readonly place: Place;
}

/** `<<EOF` and the lines up to its end. */
export interface Heredoc {
  readonly name: string;
  /** File descriptor in `3<<EOF`; 0 where none is written. */
  readonly fileDescriptor: number;
  /** False where the name is quoted: variables in the content stay as they are. */
  readonly expand: boolean;
  /** `<<-`: leading tabs are to be removed (see `heredocText`). */
  readonly chomp: boolean;
  /** The lines as written, line ends included. */
  readonly content: string;
}

/** The command of RUN, CMD, ENTRYPOINT and HEALTHCHECK: a JSON array, or a line for the stage's shell. */
export type CommandLine =
  | { readonly form: 'exec'; readonly args: readonly string[] }
  | { readonly form: 'shell'; readonly line: string; readonly heredocs: readonly Heredoc[] };

export interface KeyValue {
  readonly key: string;
  readonly value: string;
  readonly place: Place;
}

/** What every instruction has. */
export interface InstructionBase {
  /** Where the instruction's keyword stands; `endLine` is its last line, heredocs included. */
  readonly place: Place;
  readonly endLine: number;
  /** The instruction as one line: continuations joined, comments dropped, as docker shows it in progress and history. */
  readonly source: string;
  /** The comments directly above, without `#`. */
  readonly comments: readonly string[];
}

/** What COPY and ADD share. Strings may hold variables: see `expandInstruction`. */
interface CopyBase extends InstructionBase {
  readonly sources: readonly Word[];
  /** Files written in the Dockerfile itself, in order, after the other sources. */
  readonly inline: readonly InlineFile[];
  readonly destination: Word;
  readonly chown?: string;
  readonly chmod?: string;
  readonly link: boolean;
  readonly exclude: readonly string[];
}

/** A heredoc source of COPY or ADD; its tabs are already removed where it asked for it. */
export interface InlineFile {
  readonly name: string;
  readonly content: string;
  readonly expand: boolean;
}

export interface AddInstruction extends CopyBase {
  readonly kind: 'add';
  /** Absent where the flag is: git sources drop `.git`. */
  readonly keepGitDir?: boolean;
  readonly checksum?: string;
  /** Absent where the flag is: local archives are unpacked, remote ones are not. */
  readonly unpack?: boolean;
}

export interface CopyInstruction extends CopyBase {
  readonly kind: 'copy';
  /** A stage's name or number, a named context, or an image. */
  readonly from?: Word;
  readonly parents: boolean;
}

export interface ArgDefinition {
  readonly name: string;
  /** Absent in `ARG name`: the value comes from the command line or from the ARG before FROM. */
  readonly default?: string;
  readonly place: Place;
}

export interface ArgInstruction extends InstructionBase {
  readonly kind: 'arg';
  readonly args: readonly ArgDefinition[];
}

export interface CmdInstruction extends InstructionBase {
  readonly kind: 'cmd';
  readonly command: CommandLine;
}

export interface EntrypointInstruction extends InstructionBase {
  readonly kind: 'entrypoint';
  readonly command: CommandLine;
}

export interface EnvInstruction extends InstructionBase {
  readonly kind: 'env';
  readonly pairs: readonly KeyValue[];
}

export interface LabelInstruction extends InstructionBase {
  readonly kind: 'label';
  readonly pairs: readonly KeyValue[];
}

export interface ExposeInstruction extends InstructionBase {
  readonly kind: 'expose';
  /** `80`, `80/tcp`, `7000-7005/udp`; see `parsePorts`. */
  readonly ports: readonly Word[];
}

export interface HealthcheckInstruction extends InstructionBase {
  readonly kind: 'healthcheck';
  /** Absent for `HEALTHCHECK NONE`. */
  readonly command?: CommandLine;
  /** Durations in milliseconds; absent where the flag is, and where it is 0. */
  readonly intervalMs?: number;
  readonly timeoutMs?: number;
  readonly startPeriodMs?: number;
  readonly startIntervalMs?: number;
  readonly retries?: number;
}

export interface MaintainerInstruction extends InstructionBase {
  readonly kind: 'maintainer';
  readonly name: string;
}

export interface OnbuildInstruction extends InstructionBase {
  readonly kind: 'onbuild';
  /** The instruction as the image's config keeps it; `parseTrigger` reads it back in the image that builds on this one. */
  readonly trigger: string;
}

export interface RunInstruction extends InstructionBase {
  readonly kind: 'run';
  readonly command: CommandLine;
  /** The values of `--mount`; `parseMount` makes them typed once the variables are known. */
  readonly mounts: readonly Word[];
  readonly network: 'default' | 'none' | 'host';
  readonly security: 'sandbox' | 'insecure';
  /** The values of `--device`, CDI names. */
  readonly devices: readonly Word[];
}

export interface ShellInstruction extends InstructionBase {
  readonly kind: 'shell';
  readonly shell: readonly string[];
}

export interface StopsignalInstruction extends InstructionBase {
  readonly kind: 'stopsignal';
  readonly signal: string;
}

export interface UserInstruction extends InstructionBase {
  readonly kind: 'user';
  readonly user: string;
}

export interface VolumeInstruction extends InstructionBase {
  readonly kind: 'volume';
  readonly paths: readonly string[];
}

export interface WorkdirInstruction extends InstructionBase {
  readonly kind: 'workdir';
  readonly path: string;
}

/** One instruction of a stage; FROM is the stage itself. */
export type Instruction =
  | AddInstruction
  | ArgInstruction
  | CmdInstruction
  | CopyInstruction
  | EntrypointInstruction
  | EnvInstruction
  | ExposeInstruction
  | HealthcheckInstruction
  | LabelInstruction
  | MaintainerInstruction
  | OnbuildInstruction
  | RunInstruction
  | ShellInstruction
  | StopsignalInstruction
  | UserInstruction
  | VolumeInstruction
  | WorkdirInstruction;

export type InstructionKind = Instruction['kind'];
