import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container, Pod } from '@slipway/kube';
import type { PodEnvironment } from '../pod/pod-environment.ts';
import type { ConfigLookup } from './lookup.ts';
import { withoutSecrets } from './secret-values.ts';

const auth = Buffer.from('me:hunter22').toString('base64');
const SECRETS: Readonly<Record<string, Record<string, string>>> = {
  env: { password: 's3cret', short: 'ab' },
  login: { username: 'someone', password: 'p:ss w@rd\n' },
  docker: { '.dockerconfigjson': JSON.stringify({ auths: { 'r.example': { auth } } }) },
};
const container: Container = {
  name: 'step-x',
  image: 'x',
  env: [{ name: 'P', valueFrom: { secretKeyRef: { name: 'env', key: 'password' } } }],
};
const environment = {
  pod: {
    spec: { containers: [container], volumes: [{ name: 'd', secret: { secretName: 'docker' } }] },
  } as Pod,
  order: { credentials: [{ secret: 'login', kind: 'basic-git' }] },
  lookup: {
    secret: async (name: string) =>
      new Map(Object.entries(SECRETS[name] ?? {}).map(([key, value]) => [key, Buffer.from(value)])),
  } as unknown as ConfigLookup,
} as unknown as PodEnvironment;

const cases: [what: string, text: string, masked: string][] = [
  ['a variable', 'login with s3cret failed', 'login with *** failed'],
  ['a value too short to hide', 'ab is no secret', 'ab is no secret'],
  ['credentials of the ServiceAccount', 'someone: p:ss w@rd: refused', 'someone: ***: refused'],
  ["docker's password, as it is and encoded", `hunter22 ${auth}`, '*** ***'],
  ['a user in a URL', 'fatal: https://me:pw@git.example/x', 'fatal: https://***@git.example/x'],
  ['a signed token', 'token eyJhbGciOi.eyJzdWIiOiJ4In0.c2ln is bad', 'token *** is bad'],
  ['a header', 'Authorization: Basic bWU6aHVudGVyMjIyMjIyMg==', 'Authorization: Basic ***'],
  ['a configuration', '{"auth": "Zm9v"}', '{"auth": "***"}'],
  [
    'what a message asks for',
    '{"auth": "<base64 of user:password>"}',
    '{"auth": "<base64 of user:password>"}',
  ],
  ['an image by digest', 'r.example/a@sha256:00', 'r.example/a@sha256:00'],
];

for (const [what, text, masked] of cases) {
  test(`without secrets: ${what}`, async () =>
    assert.equal(await withoutSecrets(environment, container, text), masked));
}
