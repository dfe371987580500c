export {
  type BuildPlan,
  type PlannedStage,
  type ResolveOptions,
  resolveStages,
  type StageEdge,
  type StageSource,
} from './build-plan.ts';
export type { Directives, Dockerfile, Stage, Warning } from './dockerfile.ts';
export { type IgnoreMatcher, ignoreMatcher, parseDockerignore } from './dockerignore.ts';
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
export { type CheckDirective, isOn, parseCheckDirective, withComments } from './lint/check-directive.ts';
export { LINT_RULES, type LintRule, lintContext } from './lint/lint.ts';
export { undefinedText, undefinedVariables } from './lint/value-rules.ts';
export { type Mount, type MountType, parseMount } from './mount.ts';
export { type ParseOptions, parseDockerfile, parseTrigger } from './parse.ts';
export { type PlatformParts, PROXY_ARGS, platformArgs } from './platform-args.ts';
export { parsePorts } from './ports.ts';
export { type RunScript, runScript } from './run-script.ts';
export { type DeclaredArg, type ScopeOptions, VariableScope } from './scope.ts';
export type { Lookup } from './shell-lexer.ts';
export { requireSignal } from './signal.ts';
