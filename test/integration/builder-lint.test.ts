// Warnings of a build, and `slipway image build --check`.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ProgressEvent } from '@slipway/builder';
import { type Outcome, slipway } from '../cli.ts';
import { Workbench } from './builder/workbench.ts';

let bench: Workbench;

before(async () => {
  bench = await Workbench.open();
  await bench.pushBusybox();
});

after(async () => {
  await bench?.[Symbol.asyncDispose]();
});

function check(files: Record<string, string>, ...args: string[]): Promise<Outcome> {
  return slipway(['image', 'build', '--check', bench.context(files), ...args]);
}

test('--check: file, line, the line and a caret, the rule; exit code 1', async () => {
  const { code, stdout } = await check({
    Dockerfile: 'FROM scratch AS One\nCOPY notes.tmp /\nWORKDIR app\n',
    '.dockerignore': '*.tmp\n',
  });
  assert.equal(code, 1);
  assert.equal(
    stdout,
    [
      'warning: Dockerfile:1:1: stage name "One" should be lowercase (StageNameCasing)',
      '1 | FROM scratch AS One',
      '  | ^',
      '',
      'warning: Dockerfile:3:1: WORKDIR "app" is relative to whatever folder the base image has (WorkdirRelativePath)',
      '3 | WORKDIR app',
      '  | ^',
      '',
      'warning: Dockerfile:2:6: "notes.tmp" is left out by .dockerignore (CopyIgnoredFile)',
      '2 | COPY notes.tmp /',
      '  |      ^',
      '',
      'check complete, 3 warnings',
      '',
    ].join('\n'),
  );
});

test('--check: nothing to say, JSON, a mistake, an unknown target', async () => {
  const good = await check({ Dockerfile: 'FROM scratch AS one\n' });
  assert.deepEqual([good.code, good.stdout], [0, 'check complete, no warnings found\n']);
  const json = await check({ Dockerfile: 'FROM scratch AS One\n' }, '-o', 'json');
  assert.equal(json.code, 1);
  const { warnings } = JSON.parse(json.stdout) as { warnings: { rule: string; place: { line: number } }[] };
  assert.deepEqual(
    warnings.map(({ rule, place }) => [rule, place.line]),
    [['StageNameCasing', 1]],
  );
  assert.equal((await check({ Dockerfile: 'FROM scratch\nCOPPY a b\n' })).code, 3);
  assert.equal((await check({ Dockerfile: 'FROM scratch AS one\n' }, '--target', 'two')).code, 3);
});

test('check=error=true fails the build before anything runs', async () => {
  const context = bench.context({
    Dockerfile: '# check=error=true\nFROM scratch AS One\nCOPY Dockerfile /\n',
  });
  await assert.rejects(bench.build(context), {
    code: 'LINT_VIOLATION',
    place: { file: 'Dockerfile', line: 2, column: 1, text: 'FROM scratch AS One' },
  });
  const skipped = bench.context({
    Dockerfile: '# check=error=true;skip=StageNameCasing\nFROM scratch AS One\nCOPY Dockerfile /\n',
  });
  await bench.build(skipped);
});

test('variables of the base image are known in a build: only what nothing sets is warned of', async () => {
  const context = bench.context({
    Dockerfile:
      'FROM docker.io/library/busybox:1\nENV A=$PATH B=$NOWHERE\nFROM scratch\nARG X\nCOPY Dockerfile /$X$Y\n',
  });
  const rules = async (target?: string): Promise<string[]> => {
    const { events } = await bench.build(context, target === undefined ? {} : { target });
    const warnings = events.filter((event) => event.type === 'warning') as (ProgressEvent & {
      type: 'warning';
    })[];
    return warnings.map(({ rule, text }) => `${rule}: ${text}`);
  };
  assert.deepEqual(await rules('0'), [
    'UndefinedVar: $Y is used, and nothing sets it',
    'UndefinedVar: $NOWHERE is used, and nothing sets it',
  ]);
  assert.deepEqual(await rules(), ['UndefinedVar: $Y is used, and nothing sets it']);
});
