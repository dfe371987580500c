import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Shell } from './shell.ts';

const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', GREETING: 'hello' };
const shell = new Shell(env);

const texts = [
  '',
  'plain',
  "it's",
  'a  b',
  '$HOME `id` "x"',
  'two\nlines\n',
  '; exit 3',
  '(',
  'ünïcode',
  '\\036',
  '\u001e0\n',
];
for (const text of texts) {
  test(`an argument is what it is: ${JSON.stringify(text)}`, async () => {
    assert.deepEqual(await shell.run(['printf', '%s', text]), { exitCode: 0, output: text });
  });
}

test('folder, environment, exit code and standard error', async () => {
  const script = 'pwd; echo $GREETING; echo problem >&2; exit 7';
  const result = await shell.run(['sh', '-c', script], { cwd: '/usr' });
  assert.deepEqual(result, { exitCode: 7, output: '/usr\nhello\nproblem\n' });
  assert.equal((await shell.run(['sh', '-c', 'kill -9 $$'])).exitCode, 137);
  assert.equal((await shell.run(['true'], { cwd: '/nowhere' })).exitCode !== 0, true);
});

test('a program that reads its input finds none', async () => {
  assert.deepEqual(await shell.run(['cat']), { exitCode: 0, output: '' });
});

test('many at once are answered in their order, long output as well', async () => {
  const counts = Array.from({ length: 30 }, (_, index) => index * 3000);
  const results = await Promise.all(
    counts.map((count) => shell.run(['head', '-c', `${count}`, '/dev/zero'])),
  );
  assert.deepEqual(
    results.map(({ output }) => output.length),
    counts,
  );
});

test('a program that is missing is named', async () => {
  await assert.rejects(shell.run(['no-such-program']), {
    code: 'PROGRAM_MISSING',
    message: 'the program "no-such-program" is not on this machine',
  });
});

test('one that was killed says so, and the next command has another', async () => {
  const { output: own } = await shell.run(['sh', '-c', 'echo $PPID']);
  const waiting = shell.run(['sleep', '1']);
  process.kill(Number(own), 'SIGKILL');
  await assert.rejects(waiting, { code: 'SHELL_ENDED' });
  assert.deepEqual(await shell.run(['echo', 'again']), { exitCode: 0, output: 'again\n' });
});

test('it does not keep its process alive, and ends with it', async () => {
  const module = new URL('./shell.ts', import.meta.url).href;
  const program = `const { Shell } = await import(process.argv[1]);
    console.log((await new Shell({ PATH: '/usr/bin:/bin' }).run(['sh', '-c', 'echo $PPID'])).output);`;
  const args = ['--input-type=module', '-e', program, module];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  for (let tries = 0; tries < 100 && isThere(stdout.trim()); tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(isThere(stdout.trim()), false);
});

function isThere(pid: string): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
