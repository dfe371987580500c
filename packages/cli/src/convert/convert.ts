import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { catalogTaskText } from '@slipway/catalog';
import { formatPlace, SlipwayError } from '@slipway/core';
import { type ConversionNote, type ConvertInput, convertManifests } from '@slipway/tekton';
import type { ConvertCommandOptions } from '../commands/convert.ts';

const YAML = /\.(?:ya?ml|json)$/;

/**
 * `slipway convert`: prints YAML of v1; what works differently goes to standard error. Where something has no counterpart,
 * nothing is printed. Throws CONVERSION_INCOMPLETE with every place.
 */
export async function runConvertCommand(options: ConvertCommandOptions): Promise<void> {
  const inputs = (await Promise.all(options.filename.map(readInputs))).flat();
  const { text, problems, notes } = convertManifests(inputs, catalogTaskText('git-clone'));
  for (const note of notes) process.stderr.write(`note: ${line(note)}\n`);
  if (problems.length > 0) {
    for (const problem of problems) process.stderr.write(`cannot convert: ${line(problem)}\n`);
    if (options.keepGoing) await write(text, options.output);
    throw incomplete(problems.length, options.keepGoing ?? false);
  }
  await write(text, options.output);
}

const line = ({ message, place }: ConversionNote): string => `${formatPlace(place)}: ${message}`;

function incomplete(count: number, printed: boolean): SlipwayError {
  const what = count === 1 ? 'one thing' : `${count} things`;
  const hint = printed ? undefined : 'change them in the source, or print the rest with --keep-going';
  return new SlipwayError('invalid', 'CONVERSION_INCOMPLETE', `${what} could not be converted`, { hint });
}

async function readInputs(file: string): Promise<ConvertInput[]> {
  if (file === '-') return [{ file: 'stdin', text: await readText(process.stdin) }];
  try {
    if (!(await stat(file)).isDirectory()) return [{ file, text: await readFile(file, 'utf8') }];
    const names = (await readdir(file)).filter((name) => YAML.test(name)).sort();
    const files = names.map((name) => join(file, name));
    return await Promise.all(files.map(async (path) => ({ file: path, text: await readFile(path, 'utf8') })));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SlipwayError('not-found', 'FILE_NOT_FOUND', `cannot read ${file}: ${why}`, { cause });
  }
}

/** A file appears whole or not at all. */
async function write(text: string, output: string | undefined): Promise<void> {
  if (output === undefined || output === '-') {
    process.stdout.write(text);
    return;
  }
  const part = `${output}.part-${process.pid}`;
  await writeFile(part, text);
  await rename(part, output);
}
