import type { BuildRequest } from '@slipway/builder';
import { SlipwayError } from '@slipway/core';
import type { ImageBuildOptions } from '../commands/image/build.ts';

const NAME = 'SOURCE_DATE_EPOCH';

/**
 * Build arguments and the latest time in the image. As with buildx, the variable SOURCE_DATE_EPOCH is a build argument and
 * bounds the times; --reproducible takes 1970 where there is none.
 */
export function timesOf(
  { buildArg = {}, reproducible }: Pick<ImageBuildOptions, 'buildArg' | 'reproducible'>,
  env: NodeJS.ProcessEnv = process.env,
): Pick<BuildRequest, 'buildArgs' | 'sourceDateEpoch'> {
  const text = buildArg[NAME] ?? (env[NAME] || undefined);
  if (text === undefined) return { buildArgs: buildArg, ...(reproducible && { sourceDateEpoch: 0 }) };
  if (!/^\d{1,12}$/.test(text)) {
    throw new SlipwayError('usage', 'EPOCH_INVALID', `${NAME} is "${text}", not seconds since 1970`, {
      hint: `write it like ${NAME}=$(git log -1 --format=%ct)`,
    });
  }
  return { buildArgs: { ...buildArg, [NAME]: text }, sourceDateEpoch: Number(text) };
}
