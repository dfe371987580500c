import type { Place } from '@slipway/core';
import type { IgnoreMatcher } from '../dockerignore.ts';
import { expand } from '../expand.ts';
import type { Instruction, Word } from '../instruction.ts';
import type { Lookup } from '../shell-lexer.ts';
import { chainOf, everyInstruction, type Finding, type LintedFile } from './rule.ts';

export function* workdirRelativePath({ stages }: LintedFile): Iterable<Finding> {
  for (const stage of stages) {
    const before = chainOf(stage, stages).slice(0, -1);
    let isSet = before.some(({ instructions }) => instructions.some(({ kind }) => kind === 'workdir'));
    for (const one of stage.instructions) {
      if (one.kind !== 'workdir') continue;
      if (!isSet && !/^[/$"']/.test(one.path))
        yield [`WORKDIR "${one.path}" is relative to whatever folder the base image has`, one.place];
      isSet = true;
    }
  }
}

export function* exposeProtoCasing(dockerfile: LintedFile): Iterable<Finding> {
  for (const { text, place } of exposedPorts(dockerfile)) {
    const protocol = /\/([a-z]+)$/i.exec(text)?.[1] ?? '';
    if (protocol !== protocol.toLowerCase())
      yield [`the protocol "${protocol}" of EXPOSE ${text} should be lowercase`, place];
  }
}

export function* exposeInvalidFormat(dockerfile: LintedFile): Iterable<Finding> {
  for (const { text, place } of exposedPorts(dockerfile)) {
    if (!text.includes('$') && text.includes(':'))
      yield [`EXPOSE ${text} names an address or a port of the host, which an image cannot decide`, place];
  }
}

function exposedPorts(dockerfile: LintedFile): Word[] {
  return everyInstruction(dockerfile).flatMap((one) => (one.kind === 'expose' ? one.ports : []));
}

/** Names of images as far as a default can spoil them. */
const IMAGE = /^[a-z0-9][a-z0-9._:/-]*[a-z0-9._-](?:@sha256:[0-9a-f]{64})?$|^[a-z0-9]$/i;

export function* invalidDefaultArgInFrom({ stages, metaArgs, directives }: LintedFile): Iterable<Finding> {
  const values = new Map<string, string>();
  const lookup: Lookup = (name) => values.get(name);
  const expanded = ({ text, place }: Word): string =>
    expand(text, lookup, { escape: directives.escape, place });
  try {
    for (const { name, default: fallback, place } of metaArgs.flatMap(({ args }) => args))
      values.set(name, fallback === undefined ? '' : expanded({ text: fallback, place }));
  } catch {
    return; // A default like ${X:?} that the build may replace: where it does not, the build says so.
  }
  for (const { base } of stages) {
    const names = variablesOf(base.text);
    // What no ARG declares is another rule's.
    if (names.length === 0 || names.some((name) => !values.has(name))) continue;
    const image = expanded(base);
    if (!IMAGE.test(image) || /[:/]{2}|:$/.test(image))
      yield [`with the defaults of its ARGs, FROM ${base.text} is "${image}", which is no image`, base.place];
  }
}

export function* invalidDefinitionDescription({ stages, metaArgs }: LintedFile): Iterable<Finding> {
  const args = [...metaArgs, ...everyInstruction({ stages }).filter((one) => one.kind === 'arg')];
  const defined = [
    ...stages.map(({ name, comments, place }) => ({
      names: name === undefined ? [] : [name],
      comments,
      place,
      what: 'stage',
    })),
    ...args.map(({ args: words, comments, place }) => ({
      names: words.map(({ name }) => name),
      comments,
      place,
      what: 'argument',
    })),
  ];
  for (const { names, comments, place, what } of defined) {
    const [name] = names;
    const [first = ''] = comments.at(-1)?.split(' ') ?? [];
    if (name === undefined || comments.length === 0 || names.includes(first)) continue;
    yield [`the comment above does not describe the ${what}: begin it with "# ${name} "`, place];
  }
}

/** What docker sets, or a shell has, although no instruction does. */
const ALWAYS_SET: ReadonlySet<string> = new Set(['PATH', 'HOME', 'HOSTNAME', 'PWD', 'TERM', 'SHLVL']);

/** Variables of stages FROM scratch: only there all that is set stands in the file. Others are looked at when they are built. */
export function* undefinedVar({ stages }: LintedFile): Iterable<Finding> {
  for (const stage of stages) {
    const chain = chainOf(stage, stages);
    if (chain[0]!.base.text !== 'scratch') continue;
    const known = new Set(chain.slice(0, -1).flatMap(({ instructions }) => instructions.flatMap(namesSetBy)));
    for (const one of stage.instructions) {
      const lookup: Lookup = (name) => (known.has(name) ? '' : undefined);
      for (const { name, place } of undefinedVariables(one, lookup)) yield [undefinedText(name), place];
      for (const name of namesSetBy(one)) known.add(name);
    }
  }
}

/** The words of `UndefinedVar`. */
export function undefinedText(name: string): string {
  return `$${name} is used, and nothing sets it`;
}

function namesSetBy(instruction: Instruction): string[] {
  if (instruction.kind === 'arg') return instruction.args.map(({ name }) => name);
  return instruction.kind === 'env' ? instruction.pairs.map(({ key }) => key) : [];
}

/** The variables that an instruction uses as they are, without a default, and that `lookup` does not know. */
export function undefinedVariables(
  instruction: Instruction,
  lookup: Lookup,
): { readonly name: string; readonly place: Place }[] {
  const found = wordsOf(instruction).flatMap(({ text, place }) =>
    variablesOf(text).map((name) => ({ name, place })),
  );
  return found.filter(({ name }) => !ALWAYS_SET.has(name) && lookup(name) === undefined);
}

/** The words in which docker itself replaces variables. */
function wordsOf(instruction: Instruction): Word[] {
  const { place } = instruction;
  switch (instruction.kind) {
    case 'add':
    case 'copy':
      return [...instruction.sources, instruction.destination];
    case 'env':
    case 'label':
      return instruction.pairs.map(({ value, place: at }) => ({ text: value, place: at }));
    case 'expose':
      return [...instruction.ports];
    case 'user':
      return [{ text: instruction.user, place }];
    case 'volume':
      return instruction.paths.map((text) => ({ text, place }));
    case 'workdir':
      return [{ text: instruction.path, place }];
    case 'stopsignal':
      return [{ text: instruction.signal, place }];
    default:
      return [];
  }
}

/** `$NAME` and `${NAME}`; not escaped, not in single quotes, not with a default. */
function variablesOf(text: string): string[] {
  const open = text.replace(/\\.|'[^']*'/gs, ' ');
  return [...open.matchAll(/\$(?:\{(\w+)\}|([A-Za-z_]\w*))/g)].map(([, braced, plain]) => (braced ?? plain)!);
}

/** COPY and ADD of what `.dockerignore` leaves out. Needs the context's patterns, so it is no rule of the tree. */
export function* copyIgnoredFile(dockerfile: LintedFile, ignore: IgnoreMatcher): Iterable<Finding> {
  for (const one of everyInstruction(dockerfile)) {
    if ((one.kind !== 'copy' || one.from !== undefined) && one.kind !== 'add') continue;
    for (const { text, place } of one.sources) {
      const path = text.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, '');
      if (path === '' || path === '.' || /[$*?[\\]|^\w+:\/\//.test(path)) continue;
      if (ignore.excludes(path)) yield [`"${text}" is left out by .dockerignore`, place];
    }
  }
}
