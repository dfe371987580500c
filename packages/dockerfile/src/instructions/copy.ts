import { failure } from '../failure.ts';
import { readFlags } from '../flags.ts';
import type { CopyInstruction, Word } from '../instruction.ts';
import { present } from '../present.ts';
import type { Source } from '../statement.ts';
import { copySources } from './copy-sources.ts';

/** `COPY [flags] <src>… <dest>`: files of the context, a stage, a named context or an image. */
export function parseCopy(source: Source): CopyInstruction {
  const flags = readFlags(source, {
    chown: 'string',
    chmod: 'string',
    from: 'string',
    link: 'boolean',
    parents: 'boolean',
    exclude: 'list',
  });
  return {
    kind: 'copy',
    ...source.base,
    ...copySources(source),
    link: flags.boolean('link') ?? false,
    parents: flags.boolean('parents') ?? false,
    exclude: flags.list('exclude').map(({ text }) => text),
    ...present({
      chown: flags.string('chown'),
      chmod: flags.string('chmod'),
      from: literalFrom(flags.word('from')),
    }),
  };
}

/** BuildKit builds the graph of stages before any ARG of a stage is known, so that `--from` cannot hold a variable. */
function literalFrom(from: Word | undefined): Word | undefined {
  if (from === undefined || from.text === '') return undefined;
  if (/\$./.test(from.text)) {
    throw failure(
      'FROM_VARIABLE',
      `--from=${from.text}: variables are not expanded here`,
      from.place,
      'name a stage, and choose its image there: FROM $IMAGE AS name',
    );
  }
  return from;
}
