import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { KubeObject } from '../objects/metadata.ts';
import { isStatus } from '../status-error.ts';
import { matchesFields, parseFieldSelector } from './field-selector.ts';
import {
  formatLabelSelector,
  labelRequirements,
  matchesLabels,
  parseLabelSelector,
} from './label-selector.ts';

const labels = { app: 'web', tier: 'front', 'x.dev/n': '5', empty: '' };

const labelCases: [selector: string, matches: boolean][] = [
  ['', true],
  ['app=web', true],
  ['app==web', true],
  ['app=db', false],
  ['app!=db', true],
  ['missing!=db', true],
  ['app in (db, web)', true],
  ['app notin (web)', false],
  ['missing notin (web)', true],
  ['app', true],
  ['!app', false],
  ['!missing', true],
  ['empty=', true],
  ['app=web,tier in (front,back),!missing', true],
  ['app=web,tier=back', false],
  ['x.dev/n>4', true],
  ['x.dev/n<5', false],
  ['toString', false],
];

for (const [selector, matches] of labelCases) {
  test(`label selector "${selector}"`, () => {
    assert.equal(matchesLabels(parseLabelSelector(selector), labels), matches);
  });
}

for (const selector of ['a in', 'a in (', '=b', 'a=b=c', 'a b', 'in (a)', ',', 'a,,b']) {
  test(`not a label selector: "${selector}"`, () => {
    assert.throws(
      () => parseLabelSelector(selector),
      (error) => isStatus(error, 'BadRequest'),
    );
  });
}

test('a selector object means what its text means', () => {
  const name = fc.stringMatching(/^[a-z]{1,3}$/);
  const selector = fc.record({
    matchLabels: fc.dictionary(name, name, { maxKeys: 2 }),
    matchExpressions: fc.array(
      fc.oneof(
        fc.record({
          key: name,
          operator: fc.constantFrom('In' as const, 'NotIn' as const),
          values: fc.array(name, { minLength: 1, maxLength: 3 }),
        }),
        fc.record({ key: name, operator: fc.constantFrom('Exists' as const, 'DoesNotExist' as const) }),
      ),
      { maxLength: 3 },
    ),
  });
  fc.assert(
    fc.property(selector, fc.dictionary(name, name), (object, some) => {
      const text = formatLabelSelector(object);
      assert.equal(
        matchesLabels(parseLabelSelector(text), some),
        matchesLabels(labelRequirements(object), some),
      );
    }),
  );
});

const object: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a,b', namespace: 'n' },
  status: { phase: 'Running' },
};

const fieldCases: [selector: string, matches: boolean][] = [
  ['', true],
  ['metadata.namespace=n', true],
  ['metadata.namespace==m', false],
  ['status.phase!=Pending,metadata.namespace=n', true],
  ['spec.nodeName=', true],
  ['metadata.name=a\\,b', true],
  ['__proto__.x=', true],
];

for (const [selector, matches] of fieldCases) {
  test(`field selector "${selector}"`, () => {
    if (selector.startsWith('__')) {
      assert.throws(
        () => parseFieldSelector(selector),
        (error) => isStatus(error, 'BadRequest'),
      );
    } else {
      assert.equal(matchesFields(parseFieldSelector(selector), object), matches);
    }
  });
}
