import { chainOf, everyInstruction, type Finding, keywordOf, type LintedFile } from './rule.ts';

export function* instructionCasing({ stages }: LintedFile): Iterable<Finding> {
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

export function* maintainerDeprecated(dockerfile: LintedFile): Iterable<Finding> {
  for (const { kind, place } of everyInstruction(dockerfile)) {
    if (kind === 'maintainer')
      yield ['MAINTAINER is deprecated, use LABEL org.opencontainers.image.authors', place];
  }
}

export function* jsonArgsRecommended({ stages }: LintedFile): Iterable<Finding> {
  for (const stage of stages) {
    const before = chainOf(stage, stages).slice(0, -1);
    let hasShell = before.some(({ instructions }) => instructions.some(({ kind }) => kind === 'shell'));
    for (const one of stage.instructions) {
      if (one.kind === 'shell') hasShell = true;
      if (one.kind !== 'cmd' && one.kind !== 'entrypoint') continue;
      if (one.command.form === 'exec' || hasShell) continue;
      yield [
        `${one.kind.toUpperCase()} runs in a shell, which keeps signals from the program; a JSON array does not`,
        one.place,
      ];
    }
  }
}

export function* multipleInstructions({ stages }: LintedFile): Iterable<Finding> {
  for (const { instructions } of stages) {
    for (const kind of ['cmd', 'entrypoint', 'healthcheck'] as const) {
      const all = instructions.filter((one) => one.kind === kind);
      for (const [index, { place }] of all.slice(0, -1).entries()) {
        const message = `this ${kind.toUpperCase()} has no effect: the last one of the stage counts`;
        yield [message, place, all[index + 1]!.place];
      }
    }
  }
}

export function* legacyKeyValue(dockerfile: LintedFile): Iterable<Finding> {
  for (const one of everyInstruction(dockerfile)) {
    if (one.kind !== 'env' && one.kind !== 'label') continue;
    const [, first = ''] = /^\S+\s+(\S*)/.exec(one.source) ?? [];
    if (!first.includes('=')) yield [`write ${one.kind.toUpperCase()} name=value, with the =`, one.place];
  }
}

const SECRET = /(?:_|^)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)/i;
const NOT_SECRET = /(?:_|^)(?:public|file|version)(?:_|$)/i;

export function* secretsInArgOrEnv(dockerfile: LintedFile): Iterable<Finding> {
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
