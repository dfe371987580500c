import { type Place, SlipwayError } from '@slipway/core';
import {
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
  resolveStages(dockerfile, { buildArgs, predefined, ...(target !== undefined && { target }) });
  const context = await contextFolder(options.context, file);
  return { warnings: lintBuild(dockerfile, context), place: { file: file.name } };
}
