import { readFlags } from '../flags.ts';
import type { AddInstruction } from '../instruction.ts';
import { present } from '../present.ts';
import type { Source } from '../statement.ts';
import { copySources } from './copy-sources.ts';

/** `ADD [flags] <src>… <dest>`: files, archives, URLs, Git repositories. */
export function parseAdd(source: Source): AddInstruction {
  const flags = readFlags(source, {
    chown: 'string',
    chmod: 'string',
    link: 'boolean',
    'keep-git-dir': 'boolean',
    checksum: 'string',
    unpack: 'boolean',
    exclude: 'list',
  });
  return {
    kind: 'add',
    ...source.base,
    ...copySources(source),
    link: flags.boolean('link') ?? false,
    exclude: flags.list('exclude').map(({ text }) => text),
    ...present({
      chown: flags.string('chown'),
      chmod: flags.string('chmod'),
      keepGitDir: flags.boolean('keep-git-dir'),
      checksum: flags.string('checksum'),
      unpack: flags.boolean('unpack'),
    }),
  };
}
