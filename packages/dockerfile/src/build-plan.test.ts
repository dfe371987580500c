import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveStages } from './build-plan.ts';
import { parseDockerfile } from './parse.ts';
import { platformArgs } from './platform-args.ts';

const parse = (text: string): ReturnType<typeof parseDockerfile> =>
  parseDockerfile(text, { file: 'Dockerfile' });
const amd64 = { os: 'linux', architecture: 'amd64' };

const GRAPH = `ARG BASE=alpine
ARG TAG=3.20
FROM golang AS build
FROM node AS unused
FROM build AS assets
RUN --mount=type=cache,target=/x --mount=type=bind,from=tools,target=/t make
FROM $BASE:$TAG AS final
COPY --from=BUILD /a /a
COPY --from=2 /b /b
COPY --from=busybox:musl /bin/sh /sh
`;

test('only what the target needs, each stage behind what it uses', () => {
  const { stages, target } = resolveStages(parse(GRAPH));
  assert.deepEqual(
    stages.map(({ stage }) => stage.name),
    ['build', 'assets', 'final'],
  );
  assert.equal(target, stages[2]);
  assert.deepEqual(stages[1]!.base, { kind: 'stage', index: 0 });
  assert.deepEqual(
    stages[1]!.edges.map(({ by, source }) => [by, source.kind]),
    [['mount', 'image']],
  );
  const from = target.edges.map(({ source }) => (source.kind === 'image' ? source.reference : source));
  assert.deepEqual(from, [{ kind: 'stage', index: 0 }, { kind: 'stage', index: 2 }, 'busybox:musl']);
});

test('FROM sees the ARGs above it, the command line and the predefined ones', () => {
  const reference = (text: string, buildArgs = {}): unknown => {
    const { target } = resolveStages(parse(text), {
      buildArgs,
      predefined: platformArgs(amd64, { ...amd64, architecture: 'arm64' }),
    });
    return { ...target.base, platform: target.platform, place: undefined };
  };
  const image = (name: string, platform?: string): unknown => ({
    kind: 'image',
    reference: name,
    platform,
    place: undefined,
  });
  assert.deepEqual(reference(GRAPH), image('alpine:3.20'));
  assert.deepEqual(reference(GRAPH, { TAG: 'edge', OTHER: 'x' }), image('alpine:edge'));
  assert.deepEqual(reference('ARG A=1\nARG B=$A-2\nFROM x:$B'), image('x:1-2'));
  assert.deepEqual(
    reference('FROM --platform=$BUILDPLATFORM x:$TARGETARCH'),
    image('x:arm64', 'linux/amd64'),
  );
  assert.deepEqual(reference('FROM scratch'), { kind: 'scratch', platform: undefined, place: undefined });
});

test('a target is found by name without regard to case, and by number', () => {
  for (const target of ['build', 'BUILD', '0']) {
    assert.equal(resolveStages(parse(GRAPH), { target }).target.stage.name, 'build');
  }
});

test('FROM means an earlier stage only; the later of two names counts', () => {
  const { stages } = resolveStages(parse('FROM a AS x\nFROM b AS x\nFROM x\nFROM y AS later'), {
    target: '2',
  });
  assert.deepEqual(
    stages.map(({ stage }) => stage.index),
    [1, 2],
  );
  const { target } = resolveStages(parse('FROM later AS x\nFROM y AS later'), { target: 'x' });
  assert.equal(target.base.kind, 'image');
});

const errors: [
  text: string,
  options: { target?: string },
  code: string,
  line: number | undefined,
  hint?: string,
][] = [
  [GRAPH, { target: 'asets' }, 'TARGET', undefined, 'did you mean assets?'],
  [GRAPH, { target: '9' }, 'TARGET', undefined, 'the stages are build, unused, assets, final'],
  ['FROM a\nCOPY --from=3 /x /y', {}, 'STAGE_INDEX', 2, 'there is only stage 0'],
  ['FROM a AS x\nCOPY --from=x /x /y', {}, 'STAGE_ORDER', 2],
  ['FROM a\nCOPY --from=later /x /y\nFROM b AS later', { target: '0' }, 'STAGE_ORDER', 2],
  ['FROM a\nRUN --mount=from=later,target=/x true\nFROM b AS later', { target: '0' }, 'STAGE_ORDER', 2],
  ['ARG X\nFROM $X', {}, 'BASE', 2],
  ['ARG X\nFROM --platform=$X a', {}, 'PLATFORM', 2],
  ['FROM ${X:?unset}', {}, 'EXPANSION', 1],
];

for (const [text, options, code, line, hint] of errors) {
  test(`stages: ${code} in ${JSON.stringify(text.slice(0, 40))}`, () => {
    assert.throws(
      () => resolveStages(parse(text), options),
      (error: { code?: string; place?: { line?: number }; hint?: string }) => {
        assert.equal(error.code, `DOCKERFILE_${code}`);
        assert.equal(error.place?.line, line);
        if (hint !== undefined) assert.equal(error.hint, hint);
        return true;
      },
    );
  });
}

test('a stage that takes files from a later one is a mistake where it is needed', () => {
  const file = parse('FROM a AS one\nCOPY --from=two /x /x\nFROM b AS two\n');
  assert.equal(resolveStages(file).target.stage.name, 'two');
  assert.throws(() => resolveStages(file, { target: 'one' }), { code: 'DOCKERFILE_STAGE_ORDER' });
});

test('a named context takes the place of a stage', () => {
  const file = parse(
    'FROM a AS One\nRUN x\nFROM one\nCOPY --from=ONE /x /x\nRUN --mount=from=one,target=/y z\n',
  );
  const { stages, target } = resolveStages(file, { contexts: new Set(['one']) });
  assert.equal(stages.length, 1);
  const sources = [target.base, ...target.edges.map(({ source }) => source)];
  assert.deepEqual(
    sources.map((source) => (source.kind === 'image' ? source.reference : source.kind)),
    ['one', 'ONE', 'one'],
  );
});
