import { resolve } from 'node:path';
import { type OutputSpec, parseOutput } from '@slipway/builder';
import { SlipwayError } from '@slipway/core';
import { familiarReference, parseReference } from '@slipway/oci';
import type { ImageBuildOptions } from '../commands/image/build.ts';

type Named = Pick<ImageBuildOptions, 'output' | 'tag'>;

/**
 * The options with docker's outputs that are none of files: `type=registry` is --push, `type=image` what is done anyway, and
 * `name=` one more name. Throws OUTPUT_INVALID.
 */
export function withOutputs(options: ImageBuildOptions): ImageBuildOptions {
  let { push } = options;
  const tag = [...options.tag];
  const output = options.output.filter((text) => {
    const [type, ...fields] = text.split(',');
    if (type !== 'type=registry' && type !== 'type=image') return true;
    const given = new Map(fields.map((field) => field.split('=', 2) as [string, string]));
    const unknown = [...given.keys()].find((name) => name !== 'name' && name !== 'push');
    if (unknown !== undefined) throw invalid(`"${text}" is not an output here: it has no field "${unknown}"`);
    if (given.has('name')) tag.push(given.get('name')!);
    push ||= type === 'type=registry' || given.get('push') === 'true';
    return false;
  });
  return { ...options, output, tag, ...(push && { push }) };
}

/** The outputs that are files or folders; relative ones are relative to here. Throws OUTPUT_INVALID. */
export function outputFiles(
  { output, tag }: Named,
  stdout: { readonly isTTY?: boolean } = process.stdout,
): OutputSpec[] {
  const names = tag.map((name) => familiarReference(parseReference(name)));
  const specs = output.filter((text) => text !== 'json' && text !== 'text').map(parseOutput);
  const toStdout = specs.filter(({ dest }) => dest === '-');
  if (toStdout.length > 1) throw invalid('two outputs cannot both go to standard output');
  if (toStdout.length > 0 && stdout.isTTY)
    throw invalid('an archive does not go to a terminal', 'name a file with dest=FILE, or redirect it');
  return specs.map((spec) => ({ names, ...spec, dest: spec.dest === '-' ? '-' : resolve(spec.dest) }));
}

function invalid(message: string, hint?: string): SlipwayError {
  return new SlipwayError('usage', 'OUTPUT_INVALID', message, { hint });
}
