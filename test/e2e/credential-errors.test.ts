// Refusals and wrong credentials: what the TaskRun's status says, and the terminal. docs/troubleshooting.md has the same cases.
import assert from 'node:assert/strict';
import { createPrivateKey, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Outcome, slipway } from '../cli.ts';
import { REGISTRY, TeamNamespace } from '../team-namespace.ts';

const PASSWORD = 'hunter22hunter22';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const entry = (auth: string): string => JSON.stringify({ auths: { [REGISTRY]: { auth } } });

let team: TeamNamespace;
/** What may be in no message. */
const secrets: string[] = [PASSWORD, base64(PASSWORD), 'p:ss w@rd'];

/** A token of `pipeline` that the control plane signed an hour before its end, as it looks an hour after it. */
async function expiredToken(): Promise<string> {
  const valid = await team.kubectl('create', 'token', 'pipeline');
  const [header = '', payload = ''] = valid.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  const past = Math.floor(Date.now() / 1000) - 3600;
  const body = { ...claims, iat: past - 3600, nbf: past - 3600, exp: past };
  const signed = `${header}.${Buffer.from(JSON.stringify(body)).toString('base64url')}`;
  const key = createPrivateKey(readFileSync(join(team.stateFolder, 'pki/service-account.key')));
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

/** A TaskRun whose only step is kaniko's, with config.json from the ConfigMap of the same name. */
function kanikoRun(name: string, account: string): string {
  return `
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: ${name}}
spec:
  serviceAccountName: ${account}
  taskSpec:
    steps:
      - name: build
        image: gcr.io/kaniko-project/executor:debug
        command: [/kaniko/executor]
        args: [--context=/context, "--destination=${REGISTRY}/${team.name}/app"]
        securityContext: {runAsUser: 0}
        volumeMounts:
          - {name: context, mountPath: /context}
          - {name: docker-config, mountPath: /kaniko/.docker}
    volumes:
      - {name: context, configMap: {name: context}}
      - {name: docker-config, configMap: {name: ${name}}}
---`;
}

interface Case {
  readonly name: string;
  readonly account?: string;
  /** The text of config.json; absent: no ConfigMap. */
  readonly config?: () => Promise<string>;
  /** All must be in the condition's message. */
  readonly says: () => readonly (string | RegExp)[];
}

const cases: readonly Case[] = [
  {
    name: 'expired-token',
    config: async () => entry(base64(`x:${remember(await expiredToken())}`)),
    says: () => [
      `the token of serviceaccount ${team.name}/pipeline expired at 20`,
      `get a new one: kubectl create token pipeline -n ${team.name}`,
      `those of ${REGISTRY} in /kaniko/.docker/config.json`,
    ],
  },
  {
    name: 'other-namespace',
    config: async () =>
      entry(base64(`x:${remember(await team.kubectl('-n', 'default', 'create', 'token', 'default'))}`)),
    says: () => [
      `serviceaccount system:serviceaccount:default:default may not push ${team.name}/app`,
      `kubectl create rolebinding image-builder -n ${team.name} --clusterrole=system:image-builder --serviceaccount=default:default`,
      `or use a token of that namespace: kubectl create token <serviceaccount> -n ${team.name}`,
    ],
  },
  {
    name: 'no-token',
    config: async () => entry(base64(`me:${PASSWORD}`)),
    says: () => [
      'the password is not a token of this control plane',
      'kubectl create token <serviceaccount>',
    ],
  },
  {
    name: 'not-json',
    config: async () => `{"auths": {"${REGISTRY}": {"auth": "${PASSWORD}"`,
    says: () => ['/kaniko/.docker/config.json is not valid JSON', 'slipway registry credentials'],
  },
  {
    name: 'not-base64',
    config: async () => entry(`me:${PASSWORD}`),
    says: () => [`auths["${REGISTRY}"].auth is not base64 of user:password: it is not base64`, 'base64 -w0'],
  },
  {
    name: 'no-colon',
    config: async () => entry(base64(PASSWORD)),
    says: () => ['is not base64 of user:password: there is no colon in it', 'base64 -w0'],
  },
  {
    name: 'no-helper',
    config: async () => JSON.stringify({ credHelpers: { [REGISTRY]: 'ecr-login' } }),
    says: () => [
      `docker-credential-ecr-login for ${REGISTRY} failed: it is not installed here`,
      '/kaniko/.docker/config.json, "credHelpers" names it',
    ],
  },
  {
    name: 'no-entry',
    account: 'reader',
    config: async () => JSON.stringify({ auths: { 'quay.io': { auth: base64(`me:${PASSWORD}`) } } }),
    says: () => [
      `serviceaccount system:serviceaccount:${team.name}:reader may not push ${team.name}/app`,
      `--clusterrole=system:image-builder --serviceaccount=${team.name}:reader`,
      `/kaniko/.docker/config.json has no credentials of ${REGISTRY} (it has "auths" for quay.io only)`,
    ],
  },
  {
    name: 'no-config',
    says: () => [
      `configmap "no-config" not found in namespace ${team.name}`,
      `kubectl create configmap no-config -n ${team.name} --from-file=`,
    ],
  },
];

function remember(secret: string): string {
  secrets.push(secret, base64(`x:${secret}`));
  return secret;
}

function assertSays(text: string, parts: readonly (string | RegExp)[]): void {
  for (const part of parts) {
    if (typeof part === 'string') assert.ok(text.includes(part), `"${part}" in\n${text}`);
    else assert.match(text, part);
  }
  for (const secret of secrets) assert.ok(!text.includes(secret), `a secret in\n${text}`);
}

before(async () => {
  team = await TeamNamespace.start('errors');
  await team.kubectl('create', 'serviceaccount', 'reader');
  await team.kubectl('create', 'configmap', 'context', '--from-literal=Dockerfile=FROM scratch');
  for (const { name, config } of cases) {
    if (!config) continue;
    const file = team.folder.join(`${name}.json`);
    writeFileSync(file, await config());
    await team.kubectl('create', 'configmap', name, `--from-file=config.json=${file}`);
  }
  await team.apply(cases.map(({ name, account = 'pipeline' }) => kanikoRun(name, account)).join('\n'));
});
after(() => team?.[Symbol.asyncDispose]());

describe("the status of kaniko's TaskRun says what to do", () => {
  for (const { name, says } of cases) {
    test(name, async () => {
      const { reason, message } = await team.ended(name);
      assert.equal(reason, name === 'no-config' ? 'CreateContainerConfigError' : 'StepFailed', message);
      assertSays(message, says());
    });
  }
});

test('what a step printed of its own Secret is not in the status', async () => {
  await team.kubectl('create', 'secret', 'generic', 'login', `--from-literal=password=${PASSWORD}`);
  await team.apply(`
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: talkative}
spec:
  taskSpec:
    steps:
      - name: push
        image: busybox
        env: [{name: P, valueFrom: {secretKeyRef: {name: login, key: password}}}]
        script: 'echo "error: cannot log in with $P" >&2; exit 3'
`);
  const { message } = await team.ended('talkative');
  assert.match(message, /^"step-push" exited with code 3: error: cannot log in with \*\*\* \(image: /);
});

describe('the terminal says what to do', () => {
  const state = (): string => `--state-dir=${team.stateFolder}`;
  const build = (...args: string[]): Promise<Outcome> =>
    slipway(['build', ...args, '--to', `${team.name}/app:1`, '-n', team.name, state()]);

  test('a configuration that is not there', async () => {
    const file = team.folder.join('run.yaml');
    writeFileSync(
      file,
      kanikoRun('no-config', 'pipeline').replace('name: no-config}\nspec', 'name: again}\nspec'),
    );
    const { code, stderr } = await slipway(['run', '-f', file, '-n', team.name, state()]);
    assert.notEqual(code, 0);
    assertSays(stderr, [`kubectl create configmap no-config -n ${team.name}`]);
  });

  test('a Git repository that wants a password', async () => {
    const bare = `${team.name}-bare`; // its ServiceAccount has no Secret for Git
    await team.kubectl('create', 'namespace', bare);
    const to = ['--to', `${bare}/app:1`, '-n', bare];
    const { code, stdout, stderr } = await slipway(['build', `${team.gitUrl}/app.git`, ...to, state()]);
    assert.notEqual(code, 0);
    const advice =
      /app\.git needs a user and a password or key: put them into a Secret of type kubernetes\.io\/basic-auth/;
    assertSays(stderr, [advice]);
    assertSays(stdout, [advice]);
  });

  test('a wrong Git password, and a revision that is not there', async () => {
    const wrong = team.gitUrl.replace('://', `://me:${PASSWORD}@`);
    assertSays((await build(`${wrong}/app.git`)).stderr, [/app\.git needs a user and a password or key/]);
    const right = team.gitUrl.replace('://', `://me:${encodeURIComponent('p:ss w@rd')}@`);
    const { stderr } = await build(`${right}/app.git`, '--revision', 'nosuch');
    assertSays(stderr, [/app\.git has no branch, tag or commit "nosuch"/]);
  });
});
