import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseServiceAccountUsername, serviceAccountUsername } from './service-account-username.ts';

test('the user name of a ServiceAccount is made and read', () => {
  const username = serviceAccountUsername('team-a', 'builder.v1');
  assert.equal(username, 'system:serviceaccount:team-a:builder.v1');
  assert.deepEqual(parseServiceAccountUsername(username), { namespace: 'team-a', name: 'builder.v1' });
});

test('what could be no ServiceAccount is an ordinary user', () => {
  for (const name of [
    'anna',
    'system:serviceaccount:team-a',
    'system:serviceaccount::builder',
    'system:serviceaccount:team.a:builder',
    'system:serviceaccount:team-a:Builder',
    'system:serviceaccount:team-a:builder:more',
    ' system:serviceaccount:team-a:builder',
  ])
    assert.equal(parseServiceAccountUsername(name), undefined, name);
});
