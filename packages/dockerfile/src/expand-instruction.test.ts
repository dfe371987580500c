import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expandInstruction } from './expand-instruction.ts';
import type { Instruction } from './instruction.ts';
import { type Mount, parseMount } from './mount.ts';
import { parseDockerfile } from './parse.ts';
import { parsePorts } from './ports.ts';
import { type RunScript, runScript } from './run-script.ts';
import { VariableScope } from './scope.ts';
import { requireSignal } from './signal.ts';

const one = (line: string): Instruction => parseDockerfile(`FROM x\n${line}\n`).stages[0]!.instructions[0]!;
const lookup = (name: string): string | undefined => ({ A: '1', WORDS: 'x y', PORTS: '80 81/udp' })[name];

const expansions: [line: string, member: string, want: unknown][] = [
  [
    'ENV $A="$WORDS" B=\'$A\' C=\\$A',
    'pairs',
    [
      ['1', 'x y'],
      ['B', '$A'],
      ['C', '$A'],
    ],
  ],
  ['LABEL l=${A}${UNSET}', 'pairs', [['l', '1']]],
  ['COPY a$A /d$A', 'sources', ['a1']],
  ['COPY a$A /d$A', 'destination', '/d1'],
  ['COPY --chown=$A:0 --chmod=$A a b', 'chown', '1:0'],
  ['ADD --checksum=sha256:$A a b', 'checksum', 'sha256:1'],
  ['COPY <<E /x\n"$A" \'$A\' \\$A\nE', 'inline', ['"1" \'1\' $A\n']],
  ['COPY <<"E" /x\n$A\nE', 'inline', ['$A\n']],
  ['EXPOSE $PORTS 9', 'ports', ['80', '81/udp', '9']],
  ['STOPSIGNAL $A', 'signal', '1'],
  ['USER $A:$A', 'user', '1:1'],
  ['VOLUME /$A "/$A"', 'paths', ['/1', '/1']],
  ['WORKDIR /$A/$UNSET', 'path', '/1/'],
  ['RUN echo $A', 'command', { form: 'shell', line: 'echo $A', heredocs: [] }],
  ['CMD ["$A"]', 'command', { form: 'exec', args: ['$A'] }],
];

/** Words and pairs without their places. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  if ('key' in value && 'value' in value) return [value.key, value.value];
  if ('content' in value) return value.content;
  return 'text' in value ? value.text : value;
}

for (const [line, member, want] of expansions) {
  test(`expansion in ${line.split('\n')[0]}`, () => {
    const instruction = expandInstruction(one(line), lookup);
    assert.deepEqual(plain(instruction[member as keyof Instruction]), want);
  });
}

test('an expansion that fails is placed at its word', () => {
  const { place } = one('COPY a ${A');
  assert.throws(() => expandInstruction(one('COPY a ${A'), lookup), {
    code: 'DOCKERFILE_EXPANSION',
    place: { ...place, column: 8 },
  });
});

const mounts: [flag: string, want: Partial<Mount>][] = [
  [
    'type=cache,target=/c,id=$A,sharing=LOCKED',
    { type: 'cache', target: '/c', id: '1', sharing: 'locked', readOnly: false },
  ],
  ['target=/x', { type: 'bind', target: '/x', readOnly: true }],
  [
    'type=bind,dst=/x,rw,from=base,src=/y',
    { type: 'bind', target: '/x', readOnly: false, from: 'base', source: '/y' },
  ],
  [
    'type=tmpfs,destination=/t,size=1.5m',
    { type: 'tmpfs', target: '/t', readOnly: false, sizeBytes: 1_572_864 },
  ],
  [
    'type=secret,id=s,required=true,mode=0440,uid=1,gid=2',
    { type: 'secret', id: 's', required: true, readOnly: true, mode: 0o440, uid: 1, gid: 2 },
  ],
  ['type=secret,id=s,env=TOKEN', { type: 'secret', id: 's', env: 'TOKEN', readOnly: true }],
  ['type=ssh', { type: 'ssh', readOnly: true }],
];

for (const [flag, want] of mounts) {
  test(`mount ${flag}`, () => {
    const mount = parseMount({ text: flag, place: {} }, (text) => text.replace('$A', '1'));
    assert.deepEqual(mount, { required: false, ...want });
  });
}

test('a VOLUME whose variable is empty', () => {
  assert.throws(() => expandInstruction(one('VOLUME /a $UNSET'), lookup), {
    code: 'DOCKERFILE_VOLUME_EMPTY',
  });
});

test('what STOPSIGNAL takes', () => {
  for (const signal of ['SIGKILL', 'kill', '9', '-1', 'RTMIN+3', 'sigrtmax-2'])
    assert.doesNotThrow(() => requireSignal(signal, {}), signal);
  for (const signal of ['', '0', 'SIGFOO', 'SIGRTMIN+16', '9x'])
    assert.throws(() => requireSignal(signal, {}), { code: 'DOCKERFILE_SIGNAL' }, signal);
  assert.throws(() => requireSignal('SIGTREM', {}), { hint: 'did you mean SIGTERM?' });
});

test('ports become the keys of ExposedPorts', () => {
  const table: Record<string, string[] | undefined> = {
    80: ['80/tcp'],
    '53/UDP': ['53/udp'],
    '7000-7002': ['7000/tcp', '7001/tcp', '7002/tcp'],
    '127.0.0.1:8080:80/sctp': ['80/sctp'],
    '[::1]:90-91:92': ['92/tcp'],
    '::1::93': ['93/tcp'],
    '1.2.3.4.5:1:2': undefined,
    'x:80': undefined,
    '1-2:3-5': undefined,
    '': undefined,
    '80/http': undefined,
    '80-': undefined,
    '82-80': undefined,
    65536: undefined,
    http: undefined,
  };
  for (const [text, want] of Object.entries(table)) {
    if (want === undefined)
      assert.throws(() => parsePorts({ text, place: {} }), { code: 'DOCKERFILE_PORT' }, text);
    else assert.deepEqual(parsePorts({ text, place: {} }), want);
  }
});

const scripts: [line: string, want: RunScript][] = [
  ['RUN a && b', { via: 'shell', text: 'a && b' }],
  ['RUN ["a"]', { via: 'exec', args: ['a'] }],
  ['RUN <<-E\n\ta\n\tb\nE', { via: 'shell', text: 'a\nb\n' }],
  ['RUN <<E\n#!/bin/python\n1\nE', { via: 'file', name: 'E', content: '#!/bin/python\n1\n' }],
  ['RUN cat <<E <<F\na\nE\nb\nF', { via: 'shell', text: 'cat <<E <<F\na\nE\nb\nF' }],
];

for (const [line, want] of scripts) {
  test(`script of ${JSON.stringify(line)}`, () => {
    const run = one(line);
    assert.ok(run.kind === 'run');
    assert.deepEqual(runScript(run.command), want);
  });
}

test('ARG and ENV fill one table, in order; the command line wins over defaults', () => {
  const globalArgs = new Map([
    ['G', 'global'],
    ['TARGETARCH', 'arm64'],
  ]);
  const scope = new VariableScope({ buildArgs: { B: 'given', U: 'undeclared' }, globalArgs }, [
    ['PATH', '/bin'],
  ]);
  const arg = one('ARG G B=default D=$PATH:$G N');
  assert.ok(arg.kind === 'arg');
  assert.deepEqual(scope.declare(arg), [
    { name: 'G', value: 'global' },
    { name: 'B', value: 'given' },
    { name: 'D', value: '/bin:global' },
    { name: 'N' },
  ]);
  assert.equal(scope.lookup('U'), undefined);
  assert.equal(scope.lookup('TARGETARCH'), undefined);
  scope.setEnv('B', 'env');
  assert.equal(scope.lookup('B'), 'env');
  assert.deepEqual([...scope.env.keys()], ['PATH', 'B']);
  assert.equal(scope.runEnv.get('D'), '/bin:global');
  const child = scope.fork();
  child.setEnv('X', '1');
  assert.equal(child.lookup('G'), 'global');
  assert.equal(scope.lookup('X'), undefined);
});

test('what an SBOM is made of is no variable', () => {
  const scope = new VariableScope({ buildArgs: {}, globalArgs: new Map() });
  const arg = one('ARG BUILDKIT_SBOM_SCAN_STAGE=true');
  assert.ok(arg.kind === 'arg');
  assert.deepEqual(scope.declare(arg), [{ name: 'BUILDKIT_SBOM_SCAN_STAGE', value: 'true' }]);
  assert.equal(scope.runEnv.size, 0);
});
