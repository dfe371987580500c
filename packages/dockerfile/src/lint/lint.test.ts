import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseDockerignore } from '../dockerignore.ts';
import { parseDockerfile } from '../parse.ts';
import { parseCheckDirective } from './check-directive.ts';
import { LINT_RULES, lintContext } from './lint.ts';
import { undefinedVariables } from './value-rules.ts';

const DOCS = join(import.meta.dirname, '../../../../docs/lint');

function rulesOf(text: string): string[] {
  const dockerfile = parseDockerfile(text);
  const ignore = parseDockerignore('*.tmp\n');
  const check = parseCheckDirective(dockerfile.directives.check);
  return [...dockerfile.warnings, ...lintContext(dockerfile, check, ignore)].map(({ rule }) => rule);
}

test('the table of the documentation is the table of the rules, and each has a page', () => {
  const table = readFileSync(join(DOCS, 'README.md'), 'utf8');
  const rows = [...table.matchAll(/^\| \[(\w+)\]\((\w+)\.md\) \| (\w+) \| (\w+)(, experimental)? \|/gm)];
  const documented = rows.map(([, id, page, severity, when, experimental]) => {
    assert.equal(page, id);
    return { id, severity, when, experimental: experimental !== undefined };
  });
  const byId = (a: { id?: string | undefined }, b: { id?: string | undefined }): number =>
    a.id! < b.id! ? -1 : 1;
  const rules = LINT_RULES.map(({ id, severity, when, experimental }) => ({
    id,
    severity,
    when,
    experimental,
  }));
  assert.deepEqual(documented.sort(byId), rules.sort(byId));
  const pages = readdirSync(DOCS).filter((name) => name !== 'README.md');
  assert.deepEqual(pages.sort(), LINT_RULES.map(({ id }) => `${id}.md`).sort());
});

for (const { id } of LINT_RULES) {
  test(`the examples on the page of ${id}`, () => {
    const page = readFileSync(join(DOCS, `${id}.md`), 'utf8');
    const [bad, good] = [...page.matchAll(/```dockerfile\n(.*?)```/gs)].map(([, text]) => text!);
    assert.ok(rulesOf(bad!).includes(id), 'bad');
    assert.ok(!rulesOf(good!).includes(id), 'good');
  });
}

const directives: [name: string, text: string, rules: string[]][] = [
  ['skip one', '# check=skip=StageNameCasing\nFROM a as B', ['FromAsCasing']],
  ['names of rules are case-sensitive', '# check=skip=fromascasing\nFROM a as b', ['FromAsCasing']],
  [
    'skip up to the first space',
    '# check=skip=FromAsCasing, StageNameCasing\nFROM a as B',
    ['StageNameCasing'],
  ],
  ['skip all', '# check=skip=all;error=true\nFROM a as B', []],
  [
    'skip all leaves experimental ones on',
    '# check=skip=all;experimental=all\nFROM a\n# x\nARG A',
    ['InvalidDefinitionDescription'],
  ],
  ['skip below a shebang', '#!/usr/bin/env docker-run\n# check=skip=all\nFROM a as B', []],
  [
    'skip above one instruction',
    'FROM a\n# about\n# check=skip=LegacyKeyValueFormat\nENV A b\nENV C d',
    ['LegacyKeyValueFormat'],
  ],
  ['skip above FROM', '# x\n\n# check=skip=all\nFROM a as b', []],
  ['the later of two says what is skipped', 'FROM a\nCMD ["a"]\n# check=skip=all\nCMD ["b"]', []],
  [
    'a rule of the whole file is not skipped by a comment',
    'FROM a AS b\n# check=skip=all\nFROM a AS b',
    ['DuplicateStageName'],
  ],
  [
    'experimental above one instruction',
    'FROM a\n# check=experimental=all\n# x\nARG A',
    ['InvalidDefinitionDescription'],
  ],
  ['a comment that is no directive', 'FROM a\n# check=foo\nENV A b', ['LegacyKeyValueFormat']],
  ['SHELL of the stage below', 'FROM a AS b\nSHELL ["x"]\nFROM b\nCMD y', []],
  ['SHELL comes too late', 'FROM a\nCMD y\nSHELL ["x"]', ['JSONArgsRecommended']],
  ['a required default that fails', 'ARG A=${B:?}\nFROM ${A}', []],
  ['skip what the parser finds', '# check=skip=NoEmptyContinuation\nFROM a\nRUN a \\\n\n b', []],
  ['experimental is off', '# about it\nFROM a AS b', []],
];
for (const [name, text, rules] of directives) test(name, () => assert.deepEqual(rulesOf(text), rules));

test('error=true', () => {
  assert.equal(parseCheckDirective('skip=A;error=true').error, true);
  assert.equal(parseCheckDirective('skip=A').error, false);
  assert.equal(parseCheckDirective().error, false);
});

test('variables with a default, escaped or in single quotes are not undefined', () => {
  const { stages } = parseDockerfile("FROM a\nENV A=${B:-x} C=\\$D E='$F' G=$H$PATH I=$A\\ b\n");
  const [env] = stages[0]!.instructions;
  assert.deepEqual(
    undefinedVariables(env!, () => undefined).map(({ name }) => name),
    ['H', 'A'],
  );
});

test('options of checks that are none', () => {
  for (const text of ['foo', 'foo=bar', 'error=maybe', 'skip=A; error=true', 'Skip=all']) {
    assert.throws(() => parseDockerfile(`# check=${text}\nFROM a\n`), { code: 'DOCKERFILE_CHECK' }, text);
  }
});

test('a build argument takes the place of the directive', () => {
  const text = '# check=skip=all\nFROM a as B\n';
  const { directives, warnings } = parseDockerfile(text, { check: 'error=true;skip=FromAsCasing' });
  assert.equal(parseCheckDirective(directives.check).error, true);
  assert.deepEqual(
    warnings.map(({ rule }) => rule),
    ['StageNameCasing'],
  );
});
