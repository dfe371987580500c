import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { FLAGS } from './flags/flag-table.ts';
import { flagTables, helpText } from './help.ts';

const PAGE = new URL('../../../../docs/methods/kaniko.md', import.meta.url);

test('docs/methods/kaniko.md has the tables that the parser reads', () => {
  const page = readFileSync(PAGE, 'utf8');
  assert.ok(page.includes(flagTables()), `the tables of the page should be:\n\n${flagTables()}`);
});

test('the help has every flag', () => {
  const text = helpText();
  for (const { name } of FLAGS) assert.match(text, new RegExp(`--${name}[ \\n]`), name);
});

test('names are unique, and older spellings mean flags that there are', () => {
  const names = FLAGS.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  const letters = FLAGS.flatMap(({ short }) => short ?? []);
  assert.equal(new Set(letters).size, letters.length);
  for (const { means, type } of FLAGS) {
    if (means !== undefined) assert.equal(FLAGS.find(({ name }) => name === means)?.type, type, means);
  }
});
