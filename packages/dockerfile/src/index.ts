export type { Directives, Dockerfile, Stage, Warning } from './dockerfile.ts';
export { type ExpandOptions, expand, expandWords } from './expand.ts';
export { expandInstruction } from './expand-instruction.ts';
export { heredocText } from './heredoc.ts';
export type {
  AddInstruction,
  ArgDefinition,
  ArgInstruction,
  CmdInstruction,
  CommandLine,
  CopyInstruction,
  EntrypointInstruction,
  EnvInstruction,
  ExposeInstruction,
  HealthcheckInstruction,
  Heredoc,
  InlineFile,
  Instruction,
  InstructionKind,
  KeyValue,
  LabelInstruction,
  MaintainerInstruction,
  OnbuildInstruction,
  RunInstruction,
  ShellInstruction,
  StopsignalInstruction,
  UserInstruction,
  VolumeInstruction,
  Word,
  WorkdirInstruction,
} from './instruction.ts';
export { type Mount, type MountType, parseMount } from './mount.ts';
export { type ParseOptions, parseDockerfile, parseTrigger } from './parse.ts';
export type { Lookup } from './shell-lexer.ts';
