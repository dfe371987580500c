import type { Place } from '@slipway/core';
import type { Dockerfile, Stage, Warning } from './dockerfile.ts';
import type { Instruction } from './instruction.ts';
import { nearest } from './nearest.ts';

type Finding = readonly [message: string, place: Place];
type Rule = (dockerfile: Omit<Dockerfile, 'warnings'>) => Iterable<Finding>;

/** BuildKit's lint rules that the tree alone can tell, under BuildKit's names (docs.docker.com/go/dockerfile/rule/…). */
const RULES: Readonly<Record<string, Rule>> = {
  StageNameCasing: stageNameCasing,
  FromAsCasing: fromAsCasing,
  ConsistentInstructionCasing: instructionCasing,
  DuplicateStageName: duplicateStageName,
  ReservedStageName: reservedStageName,
  UndefinedArgInFrom: undefinedArgInFrom,
  FromPlatformFlagConstDisallowed: constantPlatform,
  RedundantTargetPlatform: redundantPlatform,
  MaintainerDeprecated: maintainerDeprecated,
  JSONArgsRecommended: jsonArgsRecommended,
  MultipleInstructionsDisallowed: multipleInstructions,
  LegacyKeyValueFormat: legacyKeyValue,
  SecretsUsedInArgOrEnv: secretsInArgOrEnv,
};

/** The warnings of every rule that `# check=skip=…` does not name. */
export function lint(dockerfile: Omit<Dockerfile, 'warnings'>): Warning[] {
  const skipped = skippedRules(dockerfile.directives.check);
  if (skipped.has('all')) return [];
  return Object.entries(RULES).flatMap(([rule, check]) =>
    skipped.has(rule.toLowerCase())
      ? []
      : [...check(dockerfile)].map(([message, place]) => ({ rule, message, place })),
  );
}

/** `skip=A,B;error=true` → a, b. */
function skippedRules(check = ''): Set<string> {
  const skip = check.split(';').find((part) => /^\s*skip\s*=/.test(part));
  const names = skip?.slice(skip.indexOf('=') + 1).split(',') ?? [];
  return new Set(names.map((name) => name.trim().toLowerCase()));
}

const keywordOf = ({ source }: { source: string }): string => /^\S*/.exec(source)![0];

function everyInstruction({ stages }: { readonly stages: readonly Stage[] }): Instruction[] {
  return stages.flatMap(({ instructions }) => instructions);
}

function* stageNameCasing({ stages }: Pick<Dockerfile, 'stages'>): Iterable<Finding> {
  for (const { name, source, place } of stages) {
    const written = source.split(/\s+/).at(-1)!;
    if (name !== undefined && written !== name) yield [`stage name "${written}" should be lowercase`, place];
  }
}

function* fromAsCasing({ stages }: Pick<Dockerfile, 'stages'>): Iterable<Finding> {
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

function* instructionCasing({ stages }: Pick<Dockerfile, 'stages'>): Iterable<Finding> {
  const all = stages.flatMap((stage) => [stage, ...stage.instructions]);
  const lower = all.filter((one) => keywordOf(one) === keywordOf(one).toLowerCase()).length;
  const upper = all.filter((one) => keywordOf(one) === keywordOf(one).toUpperCase()).length;
  const [name, wanted] =
    lower > upper
      ? (['lowercase', (word: string) => word.toLowerCase()] as const)
      : (['uppercase', (word: string) => word.toUpperCase()] as const);
  for (const one of all) {
    const keyword = keywordOf(one);
    if (keyword !== wanted(keyword))
      yield [`"${keyword}" should be ${name}, as most instructions are`, one.place];
  }
}

function* duplicateStageName({ stages }: Pick<Dockerfile, 'stages'>): Iterable<Finding> {
  const seen = new Set<string>();
  for (const { name, place } of stages) {
    if (name === undefined) continue;
    if (seen.has(name)) yield [`there is another stage named "${name}"; the later one counts`, place];
    seen.add(name);
  }
}

function* reservedStageName({ stages }: Pick<Dockerfile, 'stages'>): Iterable<Finding> {
  for (const { name, place } of stages) {
    if (name === 'scratch' || name === 'context') yield [`"${name}" is a reserved name for a stage`, place];
  }
}

const PREDEFINED = /^(BUILD|TARGET)(PLATFORM|OS|OSVERSION|ARCH|VARIANT)$|^TARGETSTAGE$/;

function* undefinedArgInFrom({
  stages,
  metaArgs,
}: Pick<Dockerfile, 'stages' | 'metaArgs'>): Iterable<Finding> {
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

function* constantPlatform({ stages }: Pick<Dockerfile, 'stages'>): Iterable<Finding> {
  for (const { platform, name } of stages) {
    // BuildKit's exception: a stage named after its platform chooses among several.
    const chosen =
      platform === undefined ||
      platform.text.includes('$') ||
      name?.includes(platform.text.split('/').at(-1)!);
    if (!chosen) yield [`FROM --platform is the constant "${platform.text}"`, platform.place];
  }
}

function* redundantPlatform({ stages }: Pick<Dockerfile, 'stages'>): Iterable<Finding> {
  for (const { platform } of stages) {
    if (platform === undefined || !/^\$\{?TARGETPLATFORM\}?$/.test(platform.text)) continue;
    yield [`${platform.text} is what FROM takes without --platform`, platform.place];
  }
}

function* maintainerDeprecated(dockerfile: Pick<Dockerfile, 'stages'>): Iterable<Finding> {
  for (const { kind, place } of everyInstruction(dockerfile)) {
    if (kind === 'maintainer')
      yield ['MAINTAINER is deprecated, use LABEL org.opencontainers.image.authors', place];
  }
}

function* jsonArgsRecommended({ stages }: Pick<Dockerfile, 'stages'>): Iterable<Finding> {
  for (const { instructions } of stages) {
    if (instructions.some(({ kind }) => kind === 'shell')) continue;
    for (const one of instructions) {
      if (one.kind !== 'cmd' && one.kind !== 'entrypoint') continue;
      if (one.command.form === 'exec') continue;
      yield [
        `${one.kind.toUpperCase()} runs in a shell, which keeps signals from the program; a JSON array does not`,
        one.place,
      ];
    }
  }
}

function* multipleInstructions({ stages }: Pick<Dockerfile, 'stages'>): Iterable<Finding> {
  for (const { instructions } of stages) {
    for (const kind of ['cmd', 'entrypoint', 'healthcheck'] as const) {
      for (const { place } of instructions.filter((one) => one.kind === kind).slice(0, -1)) {
        yield [`this ${kind.toUpperCase()} has no effect: the last one of the stage counts`, place];
      }
    }
  }
}

function* legacyKeyValue(dockerfile: Pick<Dockerfile, 'stages'>): Iterable<Finding> {
  for (const one of everyInstruction(dockerfile)) {
    if (one.kind !== 'env' && one.kind !== 'label') continue;
    const [, first = ''] = /^\S+\s+(\S*)/.exec(one.source) ?? [];
    if (!first.includes('=')) yield [`write ${one.kind.toUpperCase()} name=value, with the =`, one.place];
  }
}

const SECRET = /(?:_|^)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)/i;
const NOT_SECRET = /(?:_|^)(?:public|file|version)(?:_|$)/i;

function* secretsInArgOrEnv(dockerfile: Pick<Dockerfile, 'stages'>): Iterable<Finding> {
  for (const one of everyInstruction(dockerfile)) {
    const named =
      one.kind === 'env'
        ? one.pairs.map(({ key, place }) => ({ name: key, place }))
        : one.kind === 'arg'
          ? one.args
          : [];
    for (const { name, place } of named) {
      if (!SECRET.test(name) || NOT_SECRET.test(name)) continue;
      yield [
        `${one.kind.toUpperCase()} "${name}" keeps a secret in the image; use RUN --mount=type=secret`,
        place,
      ];
    }
  }
}
