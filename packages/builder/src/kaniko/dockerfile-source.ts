import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SlipwayError } from '@slipway/core';
import type { DockerfileSource } from '../build-options.ts';
import { flagError } from './parse-flags.ts';

/** The Dockerfile where kaniko finds it: a URL, a path from here, else from the context. */
export async function dockerfileSource(
  named: string,
  context: string,
  cwd: string,
  signal: AbortSignal,
): Promise<DockerfileSource> {
  if (/^https?:\/\//.test(named)) return { text: await downloadText(named, signal), name: named };
  for (const folder of [cwd, context]) {
    const path = resolve(folder, named);
    if ((await stat(path).catch(() => undefined))?.isFile()) return { path };
  }
  throw flagError(
    'error resolving dockerfile path: please provide a valid path to a Dockerfile within the build context with --dockerfile',
    `there is no ${named} in ${cwd} or ${context}`,
  );
}

async function downloadText(url: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(url, { signal });
  if (response.ok) return await response.text();
  throw new SlipwayError(
    'unavailable',
    'DOCKERFILE_DOWNLOAD',
    `cannot fetch ${url}: the server answered ${response.status}`,
  );
}
