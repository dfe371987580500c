import assert from 'node:assert/strict';
import { appendFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { temporaryFolder } from '@slipway/testkit';
import { formatLogLine, parseLogLine } from './log-line.ts';
import { type ReadLogOptions, readLog } from './read-log.ts';

const T = '2026-01-02T03:04:05.000000001+00:00';

const lines: [name: string, line: string, text: string | undefined][] = [
  ['a whole line', `${T} stdout F hello world`, 'hello world'],
  ['an empty line', `${T} stderr F `, ''],
  ['a part', `${T} stdout P part`, 'part'],
  ['another stream', `${T} stdin F x`, undefined],
  ['another tag', `${T} stdout X x`, undefined],
  ['a line cut off', '2026-01-02T03:0', undefined],
  ['nothing', '', undefined],
];

for (const [name, line, text] of lines) {
  test(`log line: ${name}`, () => assert.equal(parseLogLine(Buffer.from(line))?.text.toString(), text));
}

test('a line of our own is read back', () => {
  const line = formatLogLine(new Date(0), 'stderr', 'said');
  assert.deepEqual(parseLogLine(Buffer.from(line.trimEnd()))?.stream, 'stderr');
});

const LOG = `${T} stdout F one\n${T} stdout P tw\n${T} stdout F o\n2026-01-02T03:05:00Z stderr F three\ngarbage\n`;

async function read(path: string, options: Partial<ReadLogOptions> = {}): Promise<string> {
  const chunks: Uint8Array[] = [];
  const { signal } = new AbortController();
  for await (const chunk of readLog(path, { signal, ...options })) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

const reads: [name: string, options: Partial<ReadLogOptions>, text: string][] = [
  ['all', {}, 'one\ntwo\nthree\n'],
  ['the last two lines, of which one came in parts', { tailLines: 2 }, 'two\nthree\n'],
  ['none', { tailLines: 0 }, ''],
  ['more than there are', { tailLines: 99 }, 'one\ntwo\nthree\n'],
  ['with times', { tailLines: 1, timestamps: true }, '2026-01-02T03:05:00Z three\n'],
  ['since a time', { since: new Date('2026-01-02T03:04:30Z') }, 'three\n'],
  ['a limit', { limitBytes: 5 }, 'one\nt'],
];

for (const [name, options, text] of reads) {
  test(`reading a log: ${name}`, async () => {
    using folder = temporaryFolder();
    await writeFile(folder.join('0.log'), LOG);
    assert.equal(await read(folder.join('0.log'), options), text);
  });
}

test('following: waits for the file, gets lines in pieces, ends with the container', async () => {
  using folder = temporaryFolder();
  const path = folder.join('0.log');
  const end = Promise.withResolvers<void>();
  const reading = read(path, { ended: end.promise });
  const cut = LOG.length - 20;
  await writeFile(path, LOG.slice(0, cut));
  await new Promise((resolve) => setTimeout(resolve, 20));
  await appendFile(path, LOG.slice(cut));
  end.resolve();
  assert.equal(await reading, 'one\ntwo\nthree\n');
});

test('a follower that goes away stops at once', async () => {
  using folder = temporaryFolder();
  const leaving = new AbortController();
  const reading = read(folder.join('0.log'), { ended: new Promise(() => {}), signal: leaving.signal });
  leaving.abort();
  assert.equal(await reading, '');
});
