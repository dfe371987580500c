import { type Place, SlipwayError } from '@slipway/core';
import {
  type BuildPlan,
  type Dockerfile,
  lintContext,
  parseCheckDirective,
  parseDockerfile,
  resolveStages,
  type Warning,
} from '@slipway/dockerfile';
import type { DockerfileSource } from './build-options.ts';
import { contextFolder, readDockerfile } from './context.ts';
import type { SourceTree } from './copy/source-tree.ts';

/** The build argument that takes the place of `# check=`. */
export const CHECK_ARG = 'BUILDKIT_DOCKERFILE_CHECK';

/** What is warned of before anything is built: what the Dockerfile itself tells, and what the context's `.dockerignore` does. */
export function lintBuild(dockerfile: Dockerfile, context: SourceTree): Warning[] {
  const directive = parseCheckDirective(dockerfile.directives.check);
  const more = context.ignore === undefined ? [] : lintContext(dockerfile, directive, context.ignore);
  return [...dockerfile.warnings, ...more];
}

/** Rules about single instructions of a stage. */
const OF_STAGES: ReadonlySet<string> = new Set([
  ...['CopyIgnoredFile', 'ExposeInvalidFormat', 'ExposeProtoCasing', 'JSONArgsRecommended'],
  ...['LegacyKeyValueFormat', 'MultipleInstructionsDisallowed', 'SecretsUsedInArgOrEnv', 'UndefinedVar'],
  'WorkdirRelativePath',
]);

/** Without what is said of instructions in stages that are not built: docker does not look at them. */
export function ofPlannedStages(
  warnings: readonly Warning[],
  { stages }: Dockerfile,
  plan: BuildPlan,
): Warning[] {
  const planned = new Set(plan.stages.map(({ stage }) => stage.index));
  return warnings.filter(({ rule, place: { line = 0 } }) => {
    const stage = stages.findLast(({ place }) => (place.line ?? 0) <= line);
    return !OF_STAGES.has(rule) || stage === undefined || planned.has(stage.index);
  });
}

/** Throws LINT_VIOLATION where `# check=error=true` makes an error of these warnings. */
export function requireNoWarnings({ directives }: Dockerfile, warnings: readonly Warning[]): void {
  const [first] = warnings;
  if (first === undefined || !parseCheckDirective(directives.check).error) return;
  const rules = [...new Set(warnings.map(({ rule }) => rule))].join(', ');
  throw new SlipwayError(
    'invalid',
    'LINT_VIOLATION',
    `the Dockerfile breaks ${rules}, and asks that this fails`,
    {
      place: first.place,
      hint: 'correct it, or leave the rule out: # check=skip=RULE;error=true',
    },
  );
}

export interface CheckOptions {
  readonly context: string;
  readonly dockerfile?: DockerfileSource | undefined;
  readonly target?: string | undefined;
  readonly buildArgs?: Readonly<Record<string, string>> | undefined;
}

export interface CheckReport {
  readonly warnings: readonly Warning[];
  /** The Dockerfile, for messages. */
  readonly place: Place;
}

/** Checks a Dockerfile and its stages without building anything. Throws what the parser throws. */
export async function checkDockerfile(options: CheckOptions): Promise<CheckReport> {
  const { target, buildArgs = {} } = options;
  const file = await readDockerfile(options.context, options.dockerfile);
  const dockerfile = parseDockerfile(file.text, { file: file.name, check: buildArgs[CHECK_ARG] });
  const predefined = { BUILDPLATFORM: 'linux', TARGETPLATFORM: 'linux' };
  const plan = resolveStages(dockerfile, { buildArgs, predefined, ...(target !== undefined && { target }) });
  const context = await contextFolder(options.context, file);
  const warnings = lintBuild(dockerfile, context);
  // Without a target all stages are checked.
  const wanted = target === undefined ? warnings : ofPlannedStages(warnings, dockerfile, plan);
  return { warnings: wanted, place: { file: file.name } };
}
