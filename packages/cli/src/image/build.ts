import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type BuildResult, plainProgress, runBuild, silentProgress, storePaths } from '@slipway/builder';
import { formatBytes, SlipwayError } from '@slipway/core';
import { defaultStateDir } from '@slipway/daemon';
import { familiarReference, formatReference, parseReference } from '@slipway/oci';
import type { ImageBuildOptions } from '../commands/image.ts';
import { interruptible } from '../interruption.ts';
import { buildPlace } from './places.ts';

/** `slipway image build`. */
export async function runImageBuild(context: string, options: ImageBuildOptions): Promise<void> {
  if (options.push && options.tag.length === 0) {
    throw new SlipwayError('usage', 'PUSH_WITHOUT_NAME', '--push needs a name to push to', {
      hint: 'give one with -t registry.example.org/app:1.0',
    });
  }
  await interruptible(({ signal }) => buildAndPrint(context, options, signal));
}

async function buildAndPrint(
  context: string,
  options: ImageBuildOptions,
  signal: AbortSignal,
): Promise<void> {
  const stateDir = resolve(options.stateDir ?? defaultStateDir());
  await using place = await buildPlace(stateDir, options.insecure ?? false);
  const quiet = options.quiet || options.output === 'json';
  const result = await runBuild({
    context: resolve(context),
    ...(options.file !== undefined && { dockerfile: { path: resolve(options.file) } }),
    ...(options.buildArg && { buildArgs: options.buildArg }),
    ...(options.label && { labels: options.label }),
    ...(options.target !== undefined && { target: options.target }),
    destinations: destinations(options, place.local),
    store: storePaths(options.store ?? stateDir),
    registries: place.registries,
    credentials: place.credentials,
    isolation: options.isolation,
    noCache: !options.cache,
    format: options.format,
    progress: quiet ? silentProgress : plainProgress((text) => process.stderr.write(text)),
    signal,
  });
  if (options.digestFile !== undefined) await writeFile(options.digestFile, result.manifest.digest);
  print(result, options);
}

/** With --push the names themselves; else the local registry keeps the image under its name, where there is one. */
function destinations(options: ImageBuildOptions, local: string | undefined): string[] {
  const names = options.tag.map((tag) => parseReference(tag));
  if (options.push) return names.map(formatReference);
  const keep = names.filter(({ registry }) => local !== undefined && !registry.includes(':'));
  return keep.map((name) =>
    formatReference({ ...name, registry: local!, repository: `${name.registry}/${name.repository}` }),
  );
}

function print(result: BuildResult, options: ImageBuildOptions): void {
  const { digest } = result.manifest;
  const references = options.tag.map((tag) => familiarReference(parseReference(tag)));
  if (options.output === 'json') {
    const { configDigest: config, size, isolation } = result;
    const object = { digest, config, size, layers: result.layers.length, references, isolation };
    process.stdout.write(`${JSON.stringify(object)}\n`);
  } else if (options.quiet) {
    process.stdout.write(`${digest}\n`);
  } else {
    const { totalMs } = result.timings;
    const size = `${formatBytes(result.size)} compressed, ${result.layers.length} layers`;
    const pushed = result.pushed.map(({ reference, uploadedBytes, skippedBytes }) =>
      options.push
        ? `pushed  ${reference} (${formatBytes(uploadedBytes)} sent, ${formatBytes(skippedBytes)} already there)\n`
        : '',
    );
    process.stdout.write(
      `${pushed.join('')}digest  ${digest}\nsize    ${size}\ntime    ${(totalMs / 1000).toFixed(1)} s\n`,
    );
  }
}
