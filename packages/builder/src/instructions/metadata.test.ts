import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expandInstruction, parseDockerfile, VariableScope } from '@slipway/dockerfile';
import type { ContainerDefaults } from '@slipway/oci';
import { defaultsOf, emptyState, type StageState, withDefaults } from '../image/stage-state.ts';
import { isLayerInstruction } from './layer-steps.ts';
import { applyMetadata } from './metadata.ts';
import { workingFolder } from './workdir.ts';

const created = new Date(0);
const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Applies a stage's metadata instructions to a base image with this configuration. */
function apply(
  lines: string,
  base: ContainerDefaults = {},
  buildArgs: Record<string, string> = {},
): StageState {
  const { stages, metaArgs } = parseDockerfile(`FROM x\n${lines}\n`);
  assert.equal(metaArgs.length, 0);
  let state = withDefaults(emptyState({ os: 'linux', architecture: 'amd64' }), base);
  const scope = new VariableScope({ buildArgs, globalArgs: new Map() }, [['PATH', PATH.slice(5)]]);
  for (const written of stages[0]!.instructions) {
    const instruction = expandInstruction(written, scope.lookup);
    assert.ok(!isLayerInstruction(instruction));
    state = applyMetadata(state, instruction, { scope, created });
  }
  return state;
}

interface Case {
  readonly name: string;
  readonly lines: string;
  readonly base?: ContainerDefaults;
  readonly want: ContainerDefaults;
  readonly history: readonly string[];
}

const cases: readonly Case[] = [
  {
    name: 'HEALTHCHECK with nanoseconds',
    lines: 'HEALTHCHECK --interval=1h2m3s4ms5us6ns --timeout=1500us CMD a',
    want: {
      Healthcheck: { Test: ['CMD-SHELL', 'a'], Interval: 3_723_004_005_006, Timeout: 1_500_000 },
    },
    history: [
      'HEALTHCHECK {Test:[CMD-SHELL a] Interval:1h2m3.004005006s Timeout:1.5ms StartPeriod:0s StartInterval:0s Retries:0}',
    ],
  },
  { name: 'CMD exec', lines: 'CMD ["a", "b"]', want: { Cmd: ['a', 'b'] }, history: ['CMD ["a" "b"]'] },
  {
    name: 'CMD shell',
    lines: 'CMD a b',
    want: { Cmd: ['/bin/sh', '-c', 'a b'] },
    history: ['CMD ["/bin/sh" "-c" "a b"]'],
  },
  {
    name: 'CMD in another shell',
    lines: 'SHELL ["/bin/bash", "-c"]\nCMD a',
    want: { Cmd: ['/bin/bash', '-c', 'a'], Shell: ['/bin/bash', '-c'] },
    history: ['SHELL [/bin/bash -c]', 'CMD ["/bin/bash" "-c" "a"]'],
  },
  {
    name: "ENTRYPOINT forgets the base's CMD",
    lines: 'ENTRYPOINT ["e"]',
    base: { Cmd: ['of the base'] },
    want: { Entrypoint: ['e'], Cmd: null },
    history: ['ENTRYPOINT ["e"]'],
  },
  {
    name: "ENTRYPOINT keeps the stage's CMD",
    lines: 'CMD ["c"]\nENTRYPOINT ["e"]',
    want: { Entrypoint: ['e'], Cmd: ['c'] },
    history: ['CMD ["c"]', 'ENTRYPOINT ["e"]'],
  },
  {
    name: 'ENV replaces in place and expands',
    lines: 'ENV A=1 B=$A\nENV A=2 C=$A',
    want: { Env: [PATH, 'A=2', 'B=', 'C=1'] },
    history: ['ENV A=1 B=', 'ENV A=2 C=1'],
  },
  {
    name: 'LABEL adds',
    lines: 'LABEL b="2 3"',
    base: { Labels: { a: '1' } },
    want: { Labels: { a: '1', b: '2 3' } },
    history: ['LABEL b=2 3'],
  },
  {
    name: 'EXPOSE',
    lines: 'EXPOSE 80 53/udp',
    want: { ExposedPorts: { '80/tcp': {}, '53/udp': {} } },
    history: ['EXPOSE [53/udp 80/tcp]'],
  },
  {
    name: 'VOLUME',
    lines: 'VOLUME /a /b',
    want: { Volumes: { '/a': {}, '/b': {} } },
    history: ['VOLUME [/a /b]'],
  },
  { name: 'USER', lines: 'USER 1:2', want: { User: '1:2' }, history: ['USER 1:2'] },
  { name: 'STOPSIGNAL', lines: 'STOPSIGNAL 9', want: { StopSignal: '9' }, history: ['STOPSIGNAL 9'] },
  {
    name: 'ONBUILD',
    lines: 'ONBUILD RUN x',
    base: { OnBuild: ['RUN y'] },
    want: { OnBuild: ['RUN y', 'RUN x'] },
    history: [],
  },
  {
    name: 'HEALTHCHECK',
    lines: 'HEALTHCHECK --interval=5s --retries=3 CMD curl localhost',
    want: { Healthcheck: { Test: ['CMD-SHELL', 'curl localhost'], Interval: 5_000_000_000, Retries: 3 } },
    history: [
      'HEALTHCHECK {Test:[CMD-SHELL curl localhost] Interval:5s Timeout:0s StartPeriod:0s StartInterval:0s Retries:3}',
    ],
  },
  {
    name: 'HEALTHCHECK NONE',
    lines: 'HEALTHCHECK NONE',
    want: { Healthcheck: { Test: ['NONE'] } },
    history: ['HEALTHCHECK {Test:[NONE] Interval:0s Timeout:0s StartPeriod:0s StartInterval:0s Retries:0}'],
  },
  {
    name: 'ARG',
    lines: 'ARG A=1\nARG B\nENV C=$A$B',
    want: { Env: [PATH, 'C=1'] },
    history: ['ARG A=1', 'ARG B', 'ENV C=1'],
  },
];

for (const { name, lines, base, want, history } of cases) {
  test(name, () => {
    const state = apply(lines, base);
    const got: Readonly<Record<string, unknown>> = { ...defaultsOf(state) };
    for (const [key, value] of Object.entries(want)) assert.deepEqual(got[key], value, key);
    assert.deepEqual(
      state.config.history?.map((line) => line.created_by),
      history,
    );
    assert.ok(state.config.history?.every((line) => line.empty_layer));
  });
}

test('a build argument wins over the default, and is what the history shows', () => {
  const state = apply('ARG A=1\nENV B=$A', {}, { A: '2' });
  assert.deepEqual(
    state.config.history?.map((line) => line.created_by),
    ['ARG A=2', 'ENV B=2'],
  );
});

const folders: [before: string | undefined, path: string, want: string][] = [
  [undefined, 'a', '/a'],
  ['/a', 'b', '/a/b'],
  ['/a', '/b/', '/b'],
  ['/a/b', '../c', '/a/c'],
  ['/', '../..', '/'],
];
for (const [before, path, want] of folders) {
  test(`WORKDIR ${path} in ${before ?? 'no folder'}`, () => {
    const state = withDefaults(emptyState({ os: 'linux', architecture: 'amd64' }), {
      WorkingDir: before ?? '',
    });
    assert.equal(workingFolder(state, path), want);
  });
}
