import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PolicyRule } from '@slipway/kube';
import type { UserInfo } from '../authn/user.ts';
import { ruleAllows, rulesCover } from './policy-rule.ts';

const user: UserInfo = { username: 'u', groups: [] };
const pods: PolicyRule = { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] };

interface Asked {
  verb: string;
  group?: string;
  resource?: string;
  subresource?: string;
  name?: string;
  path?: string;
}

const allowed: [name: string, rule: PolicyRule, asked: Asked, want: boolean][] = [
  ['the verb and resource of the rule', pods, { verb: 'get', resource: 'pods' }, true],
  ['another verb', pods, { verb: 'delete', resource: 'pods' }, false],
  ['another resource', pods, { verb: 'get', resource: 'secrets' }, false],
  ['another group', pods, { verb: 'get', resource: 'pods', group: 'x.io' }, false],
  ['a subresource is not its resource', pods, { verb: 'get', resource: 'pods', subresource: 'log' }, false],
  [
    'a subresource that is named',
    { ...pods, resources: ['pods/log'] },
    { verb: 'get', resource: 'pods', subresource: 'log' },
    true,
  ],
  [
    'a subresource of any resource',
    { ...pods, resources: ['*/status'] },
    { verb: 'get', resource: 'pods', subresource: 'status' },
    true,
  ],
  [
    'everything',
    { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
    { verb: 'x', resource: 'y', group: 'z' },
    true,
  ],
  ['one name', { ...pods, resourceNames: ['a'] }, { verb: 'get', resource: 'pods', name: 'a' }, true],
  ['another name', { ...pods, resourceNames: ['a'] }, { verb: 'get', resource: 'pods', name: 'b' }, false],
  [
    'no name where one is needed',
    { ...pods, resourceNames: ['a'] },
    { verb: 'list', resource: 'pods' },
    false,
  ],
  ['a path', { nonResourceURLs: ['/version'], verbs: ['get'] }, { verb: 'get', path: '/version' }, true],
  [
    'a path by its beginning',
    { nonResourceURLs: ['/api/*'], verbs: ['get'] },
    { verb: 'get', path: '/api/v1' },
    true,
  ],
  ['a longer path', { nonResourceURLs: ['/api'], verbs: ['get'] }, { verb: 'get', path: '/api/v1' }, false],
  ['resources say nothing of paths', pods, { verb: 'get', path: '/version' }, false],
];

for (const [name, rule, asked, want] of allowed) {
  test(`a rule and ${name}: ${want ? 'allowed' : 'not allowed'}`, () => {
    assert.equal(ruleAllows(rule, { user, ...asked }), want);
  });
}

const covered: [name: string, owned: PolicyRule[], wanted: PolicyRule, want: boolean][] = [
  ['the same', [pods], pods, true],
  ['less', [pods], { ...pods, verbs: ['get'] }, true],
  ['more verbs', [pods], { ...pods, verbs: ['get', 'delete'] }, false],
  ['two rules together', [pods, { ...pods, verbs: ['delete'] }], { ...pods, verbs: ['get', 'delete'] }, true],
  ['one name of all', [pods], { ...pods, resourceNames: ['a'] }, true],
  ['all for one name', [{ ...pods, resourceNames: ['a'] }], pods, false],
  ['everything', [pods], { apiGroups: ['*'], resources: ['*'], verbs: ['*'] }, false],
  ['a path', [{ nonResourceURLs: ['*'], verbs: ['get'] }], { nonResourceURLs: ['/x'], verbs: ['get'] }, true],
];

for (const [name, owned, wanted, want] of covered) {
  test(`granting ${name}: ${want ? 'held' : 'not held'}`, () => {
    assert.equal(rulesCover(owned, wanted), want);
  });
}
