// How `slipway image build` shows a build: on a real terminal (util-linux' script makes one), in a pipe, as JSON.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { slipway } from '../cli.ts';
import { Workbench } from './builder/workbench.ts';

const BIN = fileURLToPath(new URL('../../bin/slipway.js', import.meta.url));
const ESCAPE = '\x1b';

let bench: Workbench;
let context: string;

before(async () => {
  bench = await Workbench.open();
  await bench.pushBusybox();
  context = bench.context({
    Dockerfile: `FROM ${bench.registry}/library/busybox:1 AS slow\nRUN for i in 1 2 3 4 5 6; do echo "line $i"; sleep 0.2; done\nFROM slow\nRUN echo last\n`,
  });
});

after(async () => {
  await bench?.[Symbol.asyncDispose]();
});

/** Runs the command in a terminal of 60 columns and 20 rows; everything that it wrote there. */
async function inTerminal(
  args: readonly string[],
  env: Record<string, string> = {},
  interruptAfter?: RegExp,
): Promise<string> {
  const quoted = [
    process.execPath,
    BIN,
    'image',
    'build',
    context,
    '--state-dir',
    bench.stateDir,
    '--no-cache',
    ...args,
  ]
    .map((arg) => `'${arg}'`)
    .join(' ');
  const child = spawn('script', ['-qec', `stty cols 60 rows 20; exec ${quoted}`, '/dev/null'], {
    env: { ...process.env, TERM: 'xterm-256color', NO_COLOR: '', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (interruptAfter?.test(text)) {
      interruptAfter = undefined;
      child.stdin.write('\x03');
    }
  });
  await new Promise((resolve) => child.once('close', resolve));
  return text;
}

test('a terminal shows a live tree: drawn again in place, output of what runs, times, and the cursor in the end', async () => {
  const text = await inTerminal([]);
  assert.ok(text.split(`${ESCAPE}[?25l`).length > 5, 'it is drawn several times');
  assert.match(text, /\[\d+A\r/, 'in place');
  assert.match(text, /│ line 1/);
  assert.match(text, /●\S* RUN for i/);
  const last = text.slice(text.lastIndexOf(`${ESCAPE}[?25l`));
  assert.match(last, /building \d+\.\ds \((\d+)\/\1\)/);
  assert.match(last, / slow/);
  assert.match(last, /✔.* RUN echo last +.*\d\.\ds/);
  assert.doesNotMatch(last, /│ line/);
  assert.ok(last.includes(`${ESCAPE}[?25h`), 'the cursor is back');
  assert.match(last, /digest +sha256:/);
});

test('NO_COLOR takes the colours, TERM=dumb the tree', async () => {
  const plain = await inTerminal([], { NO_COLOR: '1' });
  assert.ok(plain.includes(`${ESCAPE}[?25h`));
  assert.doesNotMatch(plain, new RegExp(`${ESCAPE}\\[\\d*m`));
  const dumb = await inTerminal([], { TERM: 'dumb' });
  assert.ok(!dumb.includes(ESCAPE), dumb);
  assert.match(dumb, /#\d+ \[slow 2\/2\] RUN/);
});

test('Ctrl-C in the middle gives the cursor back', async () => {
  const text = await inTerminal([], {}, /line 1/);
  assert.ok(text.lastIndexOf(`${ESCAPE}[?25h`) > text.lastIndexOf(`${ESCAPE}[?25l`));
  assert.match(text, /cancelled/);
});

test('a pipe gets plain lines; json one event a line; quiet nothing', async () => {
  const run = async (...args: string[]): Promise<{ stdout: string; stderr: string }> => {
    const outcome = await slipway(['image', 'build', context, '--state-dir', bench.stateDir, ...args]);
    assert.equal(outcome.code, 0, outcome.stderr);
    return outcome;
  };
  assert.match(
    (await run('--no-cache', '--explain-cache')).stderr,
    /^#\d+ not cached: the cache is switched off$/m,
  );
  const { stderr } = await run('--no-cache', '--progress', 'json', '-o', 'json');
  const events = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { time: string; type: string; step?: number });
  assert.ok(events.every(({ time }) => !Number.isNaN(Date.parse(time))));
  for (const type of ['start', 'miss', 'output', 'end'])
    assert.ok(
      events.some((event) => event.type === type),
      type,
    );
  assert.equal((await run('--progress', 'quiet')).stderr, '');
  assert.match((await run('-q')).stdout, /^sha256:[0-9a-f]{64}\n$/);
});
