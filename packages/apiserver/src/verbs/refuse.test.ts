import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FieldError, invalidField, type KubeObject, StatusError } from '@slipway/kube';
import { refuse } from './refuse.ts';

const object = { apiVersion: 'v1', kind: 'X', metadata: { name: 'x' } } satisfies KubeObject;

function messageOf(kind: string, error: FieldError): string {
  try {
    refuse({ group: '', kind }, object, [error]);
  } catch (thrown) {
    assert.ok(thrown instanceof StatusError);
    return JSON.stringify(thrown.status);
  }
  return '';
}

const secrets = ['hunter2', 'with "quotes": and colons', 'back\\slash', 'two\nlines'];

for (const secret of secrets) {
  test(`the value ${JSON.stringify(secret)} of a Secret is not in the message`, () => {
    const message = messageOf('Secret', invalidField('data.password', secret, 'illegal base64 data'));
    assert.match(message, /"Secret \\"x\\" is invalid: data\.password: Invalid value: illegal base64 data"/);
    assert.ok(!message.includes(secret));
  });
}

test('other kinds, and the names of Secrets, are shown', () => {
  assert.match(messageOf('Pod', invalidField('spec.a', 'shown', 'no')), /shown/);
  assert.match(messageOf('Secret', invalidField('metadata.name', 'Shown', 'no')), /Shown/);
});

test('nothing wrong is nothing to refuse', () => {
  refuse({ group: '', kind: 'Pod' }, object, []);
});
