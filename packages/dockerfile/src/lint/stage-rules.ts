import { nearest } from '../nearest.ts';
import { type Finding, keywordOf, type LintedFile } from './rule.ts';

export function* stageNameCasing({ stages }: LintedFile): Iterable<Finding> {
  for (const { name, source, place } of stages) {
    const written = source.split(/\s+/).at(-1)!;
    if (name !== undefined && written !== name) yield [`stage name "${written}" should be lowercase`, place];
  }
}

export function* fromAsCasing({ stages }: LintedFile): Iterable<Finding> {
  for (const { name, source, place } of stages) {
    if (name === undefined) continue;
    const from = keywordOf({ source });
    const as = source.split(/\s+/).at(-2)!;
    const expected = from === from.toLowerCase() ? 'as' : 'AS';
    if (isOneCase(from) && as !== expected)
      yield [`"${as}" and "${from}" are not written in the same case`, place];
  }
}

const isOneCase = (word: string): boolean => word === word.toLowerCase() || word === word.toUpperCase();

export function* duplicateStageName({ stages }: LintedFile): Iterable<Finding> {
  const seen = new Set<string>();
  for (const { name, place } of stages) {
    if (name === undefined) continue;
    if (seen.has(name)) yield [`there is another stage named "${name}"; the later one counts`, place];
    seen.add(name);
  }
}

export function* reservedStageName({ stages }: LintedFile): Iterable<Finding> {
  for (const { name, place } of stages) {
    if (name === 'scratch' || name === 'context') yield [`"${name}" is a reserved name for a stage`, place];
  }
}

const PREDEFINED = /^(BUILD|TARGET)(PLATFORM|OS|OSVERSION|ARCH|VARIANT)$|^TARGETSTAGE$/;

export function* undefinedArgInFrom({ stages, metaArgs }: LintedFile): Iterable<Finding> {
  const declared = metaArgs.flatMap(({ args }) => args.map(({ name }) => name));
  for (const { base, platform } of stages) {
    for (const word of platform === undefined ? [base] : [base, platform]) {
      for (const [, braced, plain] of word.text.matchAll(/\$(?:\{(\w+)\}|(\w+))/g)) {
        const name = (braced ?? plain)!;
        if (declared.includes(name) || PREDEFINED.test(name)) continue;
        const near = nearest(name, declared);
        yield [
          `FROM uses ${name}, which no ARG above declares${near ? ` (did you mean ${near}?)` : ''}`,
          word.place,
        ];
      }
    }
  }
}

export function* constantPlatform({ stages }: LintedFile): Iterable<Finding> {
  for (const { platform, name } of stages) {
    // BuildKit's exception: a stage named after its platform chooses among several.
    const chosen =
      platform === undefined ||
      platform.text.includes('$') ||
      name?.includes(platform.text.split('/').at(-1)!);
    if (!chosen) yield [`FROM --platform is the constant "${platform.text}"`, platform.place];
  }
}

export function* redundantPlatform({ stages }: LintedFile): Iterable<Finding> {
  for (const { platform } of stages) {
    if (platform === undefined || !/^\$\{?TARGETPLATFORM\}?$/.test(platform.text)) continue;
    yield [`${platform.text} is what FROM takes without --platform`, platform.place];
  }
}
