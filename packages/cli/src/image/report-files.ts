import { stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { BuildResult } from '@slipway/builder';
import { SlipwayError } from '@slipway/core';
import { formatReference, parseReference } from '@slipway/oci';
import type { ImageBuildOptions } from '../commands/image/build.ts';

type ReportOptions = Pick<ImageBuildOptions, 'digestFile' | 'metadataFile' | 'tag'>;

/** Finds out before the build whether the files can be written after it. Throws REPORT_FILE. */
export async function checkReports({ digestFile, metadataFile }: ReportOptions): Promise<void> {
  for (const [flag, file] of Object.entries({
    '--digest-file': digestFile,
    '--metadata-file': metadataFile,
  })) {
    if (file === undefined) continue;
    const folder = dirname(resolve(file));
    if ((await stat(folder).catch(() => undefined))?.isDirectory()) continue;
    throw new SlipwayError('not-found', 'REPORT_FILE', `${flag}: there is no folder ${folder}`);
  }
}

/** Writes the files about the image that the options name. */
export async function writeReports(result: BuildResult, options: ReportOptions): Promise<void> {
  const { digestFile, metadataFile } = options;
  if (digestFile !== undefined) await writeFile(digestFile, result.manifest.digest);
  if (metadataFile !== undefined)
    await writeFile(metadataFile, `${JSON.stringify(metadata(result, options), null, 2)}\n`);
}

/** As `docker buildx build --metadata-file` writes it. */
function metadata({ manifest, configDigest, images }: BuildResult, { tag }: ReportOptions): object {
  return {
    // An index has one for each platform.
    ...(images.length === 1 && { 'containerimage.config.digest': configDigest }),
    'containerimage.descriptor': manifest,
    'containerimage.digest': manifest.digest,
    ...(tag.length > 0 && {
      'image.name': tag.map((name) => formatReference(parseReference(name))).join(','),
    }),
  };
}
