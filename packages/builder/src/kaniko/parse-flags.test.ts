import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Flag } from './flags/flag.ts';
import { parseFlags } from './parse-flags.ts';

const TABLE: readonly Flag[] = [
  { name: 'context', short: 'c', type: 'string', default: '/workspace/', description: '' },
  { name: 'destination', short: 'd', type: 'list', description: '', env: 'DESTINATION' },
  { name: 'cache', short: 'x', type: 'boolean', description: '', env: 'CACHE' },
  { name: 'retries', type: 'int', default: '0', description: '' },
  { name: 'ttl', type: 'duration', default: '1h0m0s', description: '' },
  { name: 'ttl-of-old', type: 'duration', description: '', means: 'ttl' },
];

const good: [line: string[], found: Record<string, unknown>][] = [
  [[], { context: '/workspace/', cache: false, retries: 0, ttl: 3_600_000, destination: [] }],
  [['--context=a', '--context', 'b'], { context: 'b' }],
  [['--context='], { context: '' }],
  [['--context', '--cache'], { context: '--cache', cache: false }],
  [['-c', 'a'], { context: 'a' }],
  [['-ca=b'], { context: 'a=b' }],
  [['-c=a'], { context: 'a' }],
  [['-xc', 'a'], { cache: true, context: 'a' }],
  [['-x=false'], { cache: false }],
  [['-d', 'a', '--destination=b', '--destination', 'c=d'], { destination: ['a', 'b', 'c=d'] }],
  [['--cache', 'false'], { cache: true, positional: ['false'] }],
  [['--cache=0'], { cache: false }],
  [['word', '--cache', '--', '--nothing'], { cache: true, positional: ['word', '--nothing'] }],
  [['--ttl-of-old=6h', '--retries=-1'], { ttl: 21_600_000, retries: -1 }],
  [['-'], { positional: ['-'] }],
];

for (const [line, found] of good) {
  test(`reads ${JSON.stringify(line)}`, () => {
    const { values, positional } = parseFlags(TABLE, line);
    const all: Record<string, unknown> = {
      context: values.string('context'),
      cache: values.boolean('cache'),
      retries: values.int('retries'),
      ttl: values.duration('ttl'),
      destination: values.list('destination'),
      positional,
    };
    for (const [name, value] of Object.entries(found)) assert.deepEqual(all[name], value, name);
  });
}

const bad: [line: string[], message: string][] = [
  [['--nothing'], 'unknown flag: --nothing'],
  [['--nothing=x'], 'unknown flag: --nothing'],
  [['-y'], "unknown shorthand flag: 'y' in -y"],
  [['-xy'], "unknown shorthand flag: 'y' in -y"],
  [['--context'], 'flag needs an argument: --context'],
  [['-c'], "flag needs an argument: 'c' in -c"],
  [['--=x'], 'bad flag syntax: --=x'],
  [['---x'], 'bad flag syntax: ---x'],
  [
    ['--cache=maybe'],
    'invalid argument "maybe" for "-x, --cache" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
  ],
  [
    ['--retries=many'],
    'invalid argument "many" for "--retries" flag: strconv.ParseInt: parsing "many": invalid syntax',
  ],
  [['--ttl=2'], 'invalid argument "2" for "--ttl" flag: time: invalid duration "2"'],
];

for (const [line, message] of bad) {
  test(`refuses ${JSON.stringify(line)}`, () => {
    assert.throws(() => parseFlags(TABLE, line), { code: 'KANIKO_FLAG', message });
  });
}

test('a spelling that is nearly right is suggested', () => {
  assert.throws(() => parseFlags(TABLE, ['--ttlOfOld=1h']), { hint: 'did you mean --ttl-of-old?' });
});

test('variables give values, which the command line outdoes or, in a list, adds to', () => {
  const env = { DESTINATION: 'env', CACHE: 'true' };
  const { values } = parseFlags(TABLE, ['-d', 'own', '--cache=false'], env);
  assert.deepEqual(values.list('destination'), ['own', 'env']);
  assert.equal(values.boolean('cache'), false);
  assert.equal(parseFlags(TABLE, [], env).values.boolean('cache'), true);
});
