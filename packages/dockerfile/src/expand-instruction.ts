import type { Place } from '@slipway/core';
import { type ExpandOptions, expand, expandWords } from './expand.ts';
import { failure } from './failure.ts';
import type { AddInstruction, CopyInstruction, Instruction, Word } from './instruction.ts';
import { present } from './present.ts';
import type { Lookup } from './shell-lexer.ts';

type Expander = (text: string, place: Place, ignoreQuotes?: boolean) => string;

/**
 * The instruction with its variables replaced where docker replaces them: ADD COPY ENV EXPOSE LABEL STOPSIGNAL USER VOLUME
 * WORKDIR. The others come back as they are: RUN, CMD, ENTRYPOINT, HEALTHCHECK and SHELL leave it to the shell, ONBUILD to the
 * build that it triggers, ARG to `VariableScope`, and RUN's mounts to `parseMount`.
 */
export function expandInstruction<T extends Instruction>(
  instruction: T,
  lookup: Lookup,
  escapeChar = '\\',
): T {
  const options = (place: Place): ExpandOptions => ({ escape: escapeChar, place });
  const replace: Expander = (text, place, ignoreQuotes = false) =>
    // The content of a heredoc knows only the backslash, whatever the escape directive says.
    expand(text, lookup, ignoreQuotes ? { place, ignoreQuotes } : options(place));
  return expanded(instruction, replace, ({ text, place }) =>
    expandWords(text, lookup, options(place)).map((word) => ({ text: word, place })),
  ) as T;
}

function expanded(instruction: Instruction, replace: Expander, split: (word: Word) => Word[]): Instruction {
  const { place } = instruction;
  switch (instruction.kind) {
    case 'add':
    case 'copy':
      return expandedCopy(instruction, replace);
    case 'env':
    case 'label': {
      const pairs = instruction.pairs.map(({ key, value, place }) => ({
        key: replace(key, place),
        value: replace(value, place),
        place,
      }));
      return { ...instruction, pairs };
    }
    case 'expose':
      return { ...instruction, ports: instruction.ports.flatMap(split) };
    case 'stopsignal':
      return { ...instruction, signal: replace(instruction.signal, place) };
    case 'user':
      return { ...instruction, user: replace(instruction.user, place) };
    case 'volume':
      return {
        ...instruction,
        paths: instruction.paths.map((path) => notEmpty(path, replace(path, place), place)),
      };
    case 'workdir':
      return { ...instruction, path: replace(instruction.path, place) };
    default:
      return instruction;
  }
}

function expandedCopy(
  instruction: AddInstruction | CopyInstruction,
  replace: Expander,
): AddInstruction | CopyInstruction {
  const { place } = instruction;
  const word = ({ text, place }: Word): Word => ({ text: replace(text, place), place });
  const optional = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : replace(text, place);
  const common = {
    sources: instruction.sources.map(word),
    destination: word(instruction.destination),
    inline: instruction.inline.map((file) =>
      file.expand ? { ...file, content: replace(file.content, place, true) } : file,
    ),
    ...present({ chown: optional(instruction.chown), chmod: optional(instruction.chmod) }),
  };
  if (instruction.kind === 'copy') return { ...instruction, ...common };
  return { ...instruction, ...common, ...present({ checksum: optional(instruction.checksum) }) };
}

function notEmpty(written: string, path: string, place: Place): string {
  if (path !== '') return path;
  throw failure(
    'VOLUME_EMPTY',
    `VOLUME ${written} is an empty string here`,
    place,
    'give the variable a value above',
  );
}
