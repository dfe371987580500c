import type { Place } from '@slipway/core';
import type { Warning } from '../dockerfile.ts';
import type { IgnoreMatcher } from '../dockerignore.ts';
import { type CheckDirective, isOn, withComments } from './check-directive.ts';
import {
  instructionCasing,
  jsonArgsRecommended,
  legacyKeyValue,
  maintainerDeprecated,
  multipleInstructions,
  secretsInArgOrEnv,
} from './instruction-rules.ts';
import type { Finding, LintedFile, Rule } from './rule.ts';
import {
  constantPlatform,
  duplicateStageName,
  fromAsCasing,
  redundantPlatform,
  reservedStageName,
  stageNameCasing,
  undefinedArgInFrom,
} from './stage-rules.ts';
import {
  copyIgnoredFile,
  exposeInvalidFormat,
  exposeProtoCasing,
  invalidDefaultArgInFrom,
  invalidDefinitionDescription,
  undefinedVar,
  workdirRelativePath,
} from './value-rules.ts';

/** A rule of BuildKit's checker, under BuildKit's name; `docs/lint/<id>.md` is its page. */
export interface LintRule {
  readonly id: string;
  readonly severity: 'warning';
  /** What has to be known for it: the Dockerfile, the context, or the variables of the base image. */
  readonly when: 'parsing' | 'context' | 'building';
  /** Off unless `# check=experimental=<id>` names it. */
  readonly experimental: boolean;
  /** Absent where the rule is applied elsewhere: by the parser, or with the context. */
  readonly check?: Rule;
}

/** Rules about the file as a whole: the comments above one instruction do not switch them off. */
const OF_THE_FILE: ReadonlySet<string> = new Set([
  'ConsistentInstructionCasing',
  'DuplicateStageName',
  'InvalidDefaultArgInFrom',
  'ReservedStageName',
]);

function rule(id: string, check?: Rule, more: Partial<LintRule> = {}): LintRule {
  return { id, severity: 'warning', when: 'parsing', experimental: false, ...(check && { check }), ...more };
}

/** All rules, in the order in which their warnings are given. */
export const LINT_RULES: readonly LintRule[] = [
  rule('NoEmptyContinuation'),
  rule('StageNameCasing', stageNameCasing),
  rule('FromAsCasing', fromAsCasing),
  rule('ConsistentInstructionCasing', instructionCasing),
  rule('DuplicateStageName', duplicateStageName),
  rule('ReservedStageName', reservedStageName),
  rule('UndefinedArgInFrom', undefinedArgInFrom),
  rule('InvalidDefaultArgInFrom', invalidDefaultArgInFrom),
  rule('FromPlatformFlagConstDisallowed', constantPlatform),
  rule('RedundantTargetPlatform', redundantPlatform),
  rule('MaintainerDeprecated', maintainerDeprecated),
  rule('JSONArgsRecommended', jsonArgsRecommended),
  rule('MultipleInstructionsDisallowed', multipleInstructions),
  rule('LegacyKeyValueFormat', legacyKeyValue),
  rule('SecretsUsedInArgOrEnv', secretsInArgOrEnv),
  rule('WorkdirRelativePath', workdirRelativePath),
  rule('UndefinedVar', undefinedVar, { when: 'building' }),
  rule('ExposeProtoCasing', exposeProtoCasing),
  rule('ExposeInvalidFormat', exposeInvalidFormat),
  rule('CopyIgnoredFile', undefined, { when: 'context' }),
  rule('InvalidDefinitionDescription', invalidDefinitionDescription, { experimental: true }),
];

/** The warnings of every rule that the tree can tell, and that neither `# check=` nor the comments above an instruction switch off. */
export function lint(dockerfile: LintedFile, directive: CheckDirective): Warning[] {
  return LINT_RULES.flatMap((one) =>
    one.check === undefined ? [] : warnings(one, dockerfile, directive, one.check(dockerfile)),
  );
}

/** The warnings that need the patterns of the context's `.dockerignore`. */
export function lintContext(
  dockerfile: LintedFile,
  directive: CheckDirective,
  ignore: IgnoreMatcher,
): Warning[] {
  const one = LINT_RULES.find(({ id }) => id === 'CopyIgnoredFile')!;
  return warnings(one, dockerfile, directive, copyIgnoredFile(dockerfile, ignore));
}

function warnings(
  { id, experimental }: LintRule,
  dockerfile: LintedFile,
  directive: CheckDirective,
  findings: Iterable<Finding>,
): Warning[] {
  const directiveAt = (place: Place): CheckDirective =>
    OF_THE_FILE.has(id) ? directive : withComments(directive, commentsAt(dockerfile, place));
  return [...findings]
    .filter(([, place, by]) => isOn(directiveAt(by ?? place), id, experimental))
    .map(([message, place]) => ({ rule: id, message, place }));
}

/** The comments above the instruction that a place is in. */
function commentsAt({ stages, metaArgs }: LintedFile, { line = 0 }: Place): readonly string[] {
  const all = [...metaArgs, ...stages.flatMap((stage) => [stage, ...stage.instructions])];
  return all.findLast(({ place }) => (place.line ?? 0) <= line)?.comments ?? [];
}
