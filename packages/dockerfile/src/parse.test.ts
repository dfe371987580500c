import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SlipwayError } from '@slipway/core';
import fc from 'fast-check';
import { resolveStages } from './build-plan.ts';
import { expandInstruction } from './expand-instruction.ts';
import { parseMount } from './mount.ts';
import { parseDockerfile, parseTrigger } from './parse.ts';

const folder = join(import.meta.dirname, '../testdata/parse');

/** The tree, or the error, with places as `line:column` so that a person can read it. */
function outcome(text: string): unknown {
  const short = (_: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && 'line' in value && 'column' in value
      ? `${value.line}:${value.column}`
      : value;
  try {
    return JSON.parse(JSON.stringify(parseDockerfile(text, { file: 'Dockerfile' }), short));
  } catch (error) {
    assert.ok(error instanceof SlipwayError, `not a SlipwayError: ${error}`);
    const { code, message, hint, place } = error;
    return JSON.parse(JSON.stringify({ error: { code, message, hint, place } }, short));
  }
}

for (const name of readdirSync(folder)) {
  test(`parse ${name}`, () => {
    const found = outcome(readFileSync(join(folder, name, 'Dockerfile'), 'utf8'));
    const file = join(folder, name, 'want.json');
    // A new case is a new folder: UPDATE_GOLDEN=1 writes its want.json, to be read before it is committed.
    if (process.env.UPDATE_GOLDEN) writeFileSync(file, `${JSON.stringify(found, null, 1)}\n`);
    assert.deepEqual(found, JSON.parse(readFileSync(file, 'utf8')));
  });
}

test('an error shows file, line, column and the line itself', () => {
  assert.throws(() => parseDockerfile('FROM a\nCOPY \\\n  --chwon=1 a b', { file: 'x/Dockerfile' }), {
    place: { file: 'x/Dockerfile', line: 3, column: 3, text: '  --chwon=1 a b' },
    hint: 'did you mean --chown?',
  });
});

test('a trigger of a base image is placed at the FROM that brings it', () => {
  const place = { file: 'Dockerfile', line: 7, column: 6 };
  const instruction = parseTrigger('RUN <<EOF\necho hi\nEOF', place);
  assert.equal(instruction.kind, 'run');
  assert.deepEqual(instruction.place, place);
  assert.throws(() => parseTrigger('FOO', place), { code: 'DOCKERFILE_UNKNOWN_INSTRUCTION', place });
});

/** Lines that look like a Dockerfile, with all that is special to its parser strewn in. */
const hostileFile = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        'FROM',
        'run',
        'COPY',
        'ADD',
        'ENV',
        'ARG',
        'LABEL',
        'ONBUILD',
        'HEALTHCHECK',
        'VOLUME',
        '#',
        '',
      ),
      fc.array(
        fc.constantFrom(
          ...[
            'a',
            ' ',
            '\t',
            '"',
            "'",
            '\\',
            '`',
            '$',
            '{',
            '}',
            '<<',
            '<<-E',
            'E',
            '\n',
            '\r\n',
            '[',
            ']',
            '"a",',
          ],
          ...[
            '--',
            '--from=',
            '--mount=',
            'type=',
            '=',
            ',',
            '#',
            'AS',
            'CMD',
            '\u0000',
            '😀',
            '__proto__',
            'toString',
          ],
        ),
        { maxLength: 12 },
      ),
    ),
    { maxLength: 6 },
  )
  .map((lines) => lines.map(([keyword, rest]) => `${keyword} ${rest.join('')}`).join('\n'));

/** What follows the parser must keep its promise as well. */
function planAndExpand(text: string): void {
  try {
    for (const { stage, triggers } of resolveStages(parseDockerfile(text)).stages) {
      for (const instruction of [...triggers, ...stage.instructions]) {
        expandInstruction(instruction, (name) => (name === 'a' ? 'b c' : undefined));
        if (instruction.kind === 'run')
          for (const mount of instruction.mounts) parseMount(mount, (word) => word);
      }
    }
  } catch (error) {
    assert.ok(error instanceof SlipwayError, `not a SlipwayError: ${error}`);
  }
}

test('any text parses or throws a SlipwayError', () => {
  fc.assert(
    fc.property(fc.oneof(hostileFile, fc.string({ unit: 'binary' })), (text) => {
      outcome(text);
      planAndExpand(text);
    }),
    { numRuns: 1500 },
  );
});

test('lines made to exhaust regular expressions parse in linear time', () => {
  const many = 100_000;
  const hostile = [
    `#syntax=a${' '.repeat(many)}b\nFROM a`,
    `FROM a\nRUN x${'\r'.repeat(many)}x`,
    `FROM a\nRUN <<${' '.repeat(many)}<`,
    `FROM a\nRUN ${'\\ '.repeat(many)}`,
    `FROM a\nENV A=${'"'.repeat(many)}`,
    `FROM a\nRUN --mount=${'""'.repeat(many)} x`,
    `FROM a\nCOPY ${'<<E '.repeat(100)} /x\n${'E\n'.repeat(100)}`,
  ];
  for (const text of hostile) {
    const started = performance.now();
    outcome(text);
    assert.ok(performance.now() - started < 1500, text.slice(0, 30));
  }
});
