import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutPassword } from './without-password.ts';

for (const [text, shown] of [
  ['https://me:token@host/a.git#main:b', 'https://***@host/a.git#main:b'],
  [
    "unable to access 'https://token@host/': no, ssh://git@host/x",
    "unable to access 'https://***@host/': no, ssh://***@host/x",
  ],
  ['https://host/a@b.git', 'https://host/a@b.git'],
  ['git@host:a/b', 'git@host:a/b'],
] as const)
  test(text, () => assert.equal(withoutPassword(text), shown));
