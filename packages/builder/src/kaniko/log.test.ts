import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KanikoLog } from './log.ts';

const START = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

function lines(options: { level?: string; format: string; timestamp?: boolean }): string[] {
  const written: string[] = [];
  let now = START;
  const write = (line: string): void => void written.push(line);
  const log = new KanikoLog({ level: 'info', timestamp: false, write, now: () => now, ...options });
  now += 61_500;
  log.info('RUN make');
  log.warn('odd');
  log.debug('detail');
  log.error('bad "thing"');
  return written;
}

test('color: logrus’ levels, colours and seconds', () => {
  assert.deepEqual(lines({ format: 'color' }), [
    '\x1b[36mINFO\x1b[0m[0061] RUN make\n',
    '\x1b[33mWARN\x1b[0m[0061] odd\n',
    '\x1b[31mERRO\x1b[0m[0061] bad "thing"\n',
  ]);
  const [line] = lines({ format: 'color', timestamp: true, level: 'WARNING' });
  assert.equal(line, '\x1b[33mWARN\x1b[0m[2026-01-02T03:05:07Z] odd\n');
});

test('text: logfmt', () => {
  assert.deepEqual(lines({ format: 'text', level: 'debug' }), [
    'time="2026-01-02T03:05:07Z" level=info msg="RUN make"\n',
    'time="2026-01-02T03:05:07Z" level=warning msg=odd\n',
    'time="2026-01-02T03:05:07Z" level=debug msg=detail\n',
    'time="2026-01-02T03:05:07Z" level=error msg="bad \\"thing\\""\n',
  ]);
});

test('json', () => {
  const [line] = lines({ format: 'json' });
  assert.deepEqual(JSON.parse(line!), { level: 'info', msg: 'RUN make', time: '2026-01-02T03:05:07Z' });
});

test('what there is not is refused in kaniko’s words', () => {
  assert.throws(() => lines({ format: 'xml' }), {
    message: 'not a valid log format: "xml". Please specify one of (text, color, json)',
  });
  assert.throws(() => lines({ format: 'text', level: 'loud' }), {
    message: 'parsing log level: not a valid logrus Level: "loud"',
  });
});
