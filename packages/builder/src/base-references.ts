import { readFile } from 'node:fs/promises';
import { parseDockerfile, platformArgs, resolveStages, type StageSource } from '@slipway/dockerfile';
import { hostPlatform } from '@slipway/oci';

/**
 * The images that a Dockerfile names in FROM, COPY --from and RUN --mount, as they are written, variables replaced. Of all its
 * stages: other builders also build those that the target does not need. Throws what the parser throws.
 */
export async function baseReferences(
  file: string,
  buildArgs: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const dockerfile = parseDockerfile(await readFile(file, 'utf8'), { file });
  const platform = hostPlatform();
  const predefined = platformArgs(platform, platform);
  const sources = dockerfile.stages.flatMap(({ index }) => {
    const { target } = resolveStages(dockerfile, { buildArgs, predefined, target: String(index) });
    return [target.base, ...target.edges.map((edge) => edge.source)];
  });
  return [...new Set(sources.flatMap(imageOf))];
}

const imageOf = (source: StageSource): string[] => (source.kind === 'image' ? [source.reference] : []);
