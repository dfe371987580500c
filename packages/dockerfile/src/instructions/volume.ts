import { failure } from '../failure.ts';
import { readFlags } from '../flags.ts';
import type { VolumeInstruction } from '../instruction.ts';
import { jsonArray } from '../json-array.ts';
import { placeOf, type Source } from '../statement.ts';
import { plainWords } from '../words.ts';
import { missing } from './arguments.ts';

/** `VOLUME <path>…` or a JSON array of paths. */
export function parseVolume(source: Source): VolumeInstruction {
  readFlags(source, {});
  const words = jsonArray(source) ?? plainWords(source).map(({ text }) => text);
  if (words.length === 0) throw missing(source, 'at least one argument', '/data');
  const paths = words.map((word) => word.trim());
  if (paths.includes('')) {
    throw failure('VOLUME_EMPTY', 'VOLUME has an empty string for a path', placeOf(source));
  }
  return { kind: 'volume', ...source.base, paths };
}
