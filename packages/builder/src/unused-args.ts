import { type Dockerfile, PROXY_ARGS, platformArgs } from '@slipway/dockerfile';
import { hostPlatform } from '@slipway/oci';
import type { ProgressEvent } from './progress/progress.ts';

/** A warning for each `--build-arg` that no ARG declares: usually a misspelt name. */
export function unusedBuildArgs(
  dockerfile: Dockerfile,
  buildArgs: Readonly<Record<string, string>>,
): ProgressEvent[] {
  const own = [...dockerfile.metaArgs, ...dockerfile.stages.flatMap((stage) => stage.instructions)];
  const declared = new Set(
    own.flatMap((item) => (item.kind === 'arg' ? item.args.map(({ name }) => name) : [])),
  );
  const known = new Set([...PROXY_ARGS, ...Object.keys(platformArgs(hostPlatform(), hostPlatform()))]);
  return Object.keys(buildArgs)
    .filter(
      (name) => !declared.has(name) && !known.has(name) && !/^(BUILDKIT_\w+|SOURCE_DATE_EPOCH)$/.test(name),
    )
    .map((name) => ({
      type: 'warning',
      text: `the build argument "${name}" is not used: no ARG declares it`,
    }));
}
