import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { temporaryFolder } from '@slipway/testkit';
import { loadKubeconfig } from './kubeconfig.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

const config = `
apiVersion: v1
kind: Config
current-context: one
clusters:
- {name: c1, cluster: {server: "https://one:6443", certificate-authority-data: ${base64('CA')}}}
- {name: c2, cluster: {server: "https://two:6443", certificate-authority: ca.pem, insecure-skip-tls-verify: true}}
contexts:
- {name: one, context: {cluster: c1, user: token, namespace: team}}
- {name: two, context: {cluster: c2, user: cert}}
- {name: file, context: {cluster: c1, user: file}}
- {name: exec, context: {cluster: c1, user: exec}}
- {name: broken, context: {cluster: none}}
users:
- {name: token, user: {token: secret-token}}
- {name: cert, user: {client-certificate-data: ${base64('CERT')}, client-key-data: ${base64('KEY')}}}
- {name: file, user: {tokenFile: token.txt}}
- {name: exec, user: {exec: {command: PLUGIN, args: [get-token], env: [{name: WHO, value: me}]}}}
`;

const plugin = `#!/bin/sh
printf '{"status":{"token":"%s-%s","expirationTimestamp":"2999-01-01T00:00:00Z"}}' "$1" "$WHO"
`;

function folder(): Disposable & { file: string; env: Record<string, string> } {
  const root = temporaryFolder();
  const file = root.join('config');
  writeFileSync(file, config.replace('PLUGIN', root.join('plugin')));
  writeFileSync(root.join('ca.pem'), 'CA2');
  writeFileSync(root.join('token.txt'), 'from-file\n');
  writeFileSync(root.join('plugin'), plugin);
  chmodSync(root.join('plugin'), 0o755);
  return {
    file,
    env: { KUBECONFIG: `${root.join('none')}:${file}` },
    [Symbol.dispose]: () => root[Symbol.dispose](),
  };
}

test('the current context of the first file that exists', async () => {
  using at = folder();
  assert.deepEqual(await loadKubeconfig({ env: at.env }), {
    server: 'https://one:6443',
    ca: 'CA',
    token: 'secret-token',
    namespace: 'team',
    context: 'one',
  });
});

test('another context, with files beside the kubeconfig and a client certificate', async () => {
  using at = folder();
  assert.deepEqual(await loadKubeconfig({ path: at.file, context: 'two' }), {
    server: 'https://two:6443',
    ca: 'CA2',
    insecure: true,
    clientCert: { cert: 'CERT', key: 'KEY' },
    namespace: 'default',
    context: 'two',
  });
});

for (const [context, token] of [
  ['file', 'from-file'],
  ['exec', 'get-token-me'],
] as const) {
  test(`a token from ${context}`, async () => {
    using at = folder();
    const { token: read } = await loadKubeconfig({ path: at.file, context });
    assert.ok(typeof read === 'function');
    assert.equal(await read(), token);
  });
}

const wrong: [
  title: string,
  text: string | undefined,
  context: string | undefined,
  code: string,
  message: RegExp,
][] = [
  ['no file', undefined, undefined, 'KUBECONFIG_MISSING', /no kubeconfig at/],
  ['no YAML', 'users: [{token: secret-token', undefined, 'KUBECONFIG_INVALID', /is not YAML/],
  ['no object', 'hello', undefined, 'KUBECONFIG_INVALID', /is not an object/],
  ['no context chosen', 'kind: Config', undefined, 'KUBECONFIG_INVALID', /no current-context/],
  ['a context that is not there', config, 'three', 'KUBECONFIG_INVALID', /no context "three"/],
  ['a cluster that is not there', config, 'broken', 'KUBECONFIG_INVALID', /no cluster "none"/],
];

for (const [title, text, context, code, message] of wrong) {
  test(`refused: ${title}`, async () => {
    using root = temporaryFolder();
    const path = root.join('config');
    if (text !== undefined) writeFileSync(path, text);
    await assert.rejects(loadKubeconfig({ path, context }), (error: Error & { code: string }) => {
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.ok(!error.message.includes('secret-token'));
      return true;
    });
  });
}
