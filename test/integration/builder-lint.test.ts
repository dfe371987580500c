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
  assert.deepEqual(await rules('0'), ['UndefinedVar: $NOWHERE is used, and nothing sets it']);
  assert.deepEqual(await rules(), ['UndefinedVar: $Y is used, and nothing sets it']);
});

test('what is said of instructions is said of the stages that are built', async () => {
  const Dockerfile =
    '# check=error=true\nFROM scratch AS one\nLABEL a=b\nFROM scratch AS other\nENV A b\nCMD run\n';
  const one = await check({ Dockerfile }, '--target', 'one');
  assert.deepEqual([one.code, one.stdout], [0, 'check complete, no warnings found\n']);
  const context = bench.context({ Dockerfile });
  await bench.build(context, { target: 'one' });
  await assert.rejects(bench.build(context), { code: 'LINT_VIOLATION', message: /LegacyKeyValueFormat/ });
  const all = await check({ Dockerfile });
  assert.match(all.stdout, /LegacyKeyValueFormat[\s\S]*check complete, 2 warnings|JSONArgsRecommended/);
});

test('--build-arg BUILDKIT_DOCKERFILE_CHECK takes the place of # check=', async () => {
  const Dockerfile = '# check=skip=all\nFROM scratch AS One\nLABEL a=b\n';
  const given = await check({ Dockerfile }, '--build-arg', 'BUILDKIT_DOCKERFILE_CHECK=error=true');
  assert.match(given.stdout, /StageNameCasing/);
  const wrong = await check({ Dockerfile }, '--build-arg', 'BUILDKIT_DOCKERFILE_CHECK=skp=all');
  assert.equal(wrong.code, 3);
  assert.match(wrong.stderr, /invalid check option "skp" \(DOCKERFILE_CHECK\)/);
});
