import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldErrors } from './field-errors.ts';

test('no problem prints nothing', () => {
  assert.equal(new FieldErrors().isEmpty, true);
  assert.equal(`${new FieldErrors()}`, '');
});

test('paths are joined at dots and at indexes', () => {
  const errors = new FieldErrors().merge(
    'spec',
    new FieldErrors().merge('steps', new FieldErrors().missing('[0].image')),
  );
  assert.equal(`${errors}`, 'missing field(s): spec.steps[0].image');
});

test('one message with several paths is one line, sorted; details stand below', () => {
  const errors = new FieldErrors()
    .missing('b')
    .invalidValue('x', 'c', 'must be y')
    .missing('a', 'b')
    .gotNeither('one', 'two');
  assert.equal(
    `${errors}`,
    'expected exactly one, got neither: one, two\ninvalid value: x: c\nmust be y\nmissing field(s): a, b',
  );
});
