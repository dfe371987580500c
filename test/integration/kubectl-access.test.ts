// The real kubectl: tokens, roles, and what the policy of pods refuses.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually } from '@slipway/testkit';
import { type Cluster, startCluster } from './apiserver/cluster.ts';
import { commands, pod } from './apiserver/commands.ts';

let cluster: Cluster;
const { kubectl, refused } = commands(() => cluster);

before(async () => {
  cluster = await startCluster();
});

after(async () => {
  await cluster[Symbol.asyncDispose]();
});

test('create token gives a token that the API takes', async () => {
  await kubectl('create sa builder');
  const token = (
    await kubectl(
      'create token builder --duration=20m --audience=registry --audience=https://kubernetes.default.svc.cluster.local',
    )
  ).trim();
  const user = await cluster.server.authenticate(token);
  assert.equal(user?.username, 'system:serviceaccount:default:builder');
  assert.equal((await cluster.server.authenticate(token, { audience: 'registry' }))?.uid, user?.uid);
  assert.equal(await cluster.server.authenticate(token, { audience: 'another' }), undefined);
  assert.match(await kubectl(`auth whoami --token=${token}`), /system:serviceaccounts:default/);
  await kubectl('delete sa builder');
  assert.equal(await cluster.server.authenticate(token), undefined);
});

test('a secret for a ServiceAccount token is filled in, and ends with its account', async () => {
  await kubectl('create sa legacy');
  await kubectl(
    'apply -f -',
    `{apiVersion: v1, kind: Secret, type: kubernetes.io/service-account-token,
      metadata: {name: legacy-token-abcde, annotations: {kubernetes.io/service-account.name: legacy}}}`,
  );
  const token = Buffer.from(
    await kubectl('get secret legacy-token-abcde -o jsonpath={.data.token}'),
    'base64',
  );
  assert.equal(
    (await cluster.server.authenticate(`${token}`))?.username,
    'system:serviceaccount:default:legacy',
  );
  await kubectl('delete sa legacy');
  await eventually(async () => (await cluster.kubectl(['get', 'secret', 'legacy-token-abcde'])).code !== 0, {
    what: 'the end of the secret',
  });
});

test('roles allow what they name, and a refusal says what is missing', async () => {
  await kubectl('create sa reader');
  const as = '--as=system:serviceaccount:default:reader';
  assert.match(
    (await refused(`get pods ${as}`)).stderr,
    /pods is forbidden: User "system:serviceaccount:default:reader" cannot list resource "pods" in API group "" in the namespace "default"/,
  );
  await kubectl('create role pod-reader --verb=get,list,watch --resource=pods,pods/log');
  await kubectl('create rolebinding pod-reader --role=pod-reader --serviceaccount=default:reader');
  await kubectl(`get pods ${as}`);
  assert.equal(await kubectl(`auth can-i get pods --subresource=log ${as}`), 'yes\n');
  assert.equal((await refused(`auth can-i delete pods ${as}`)).stdout, 'no\n');
  await kubectl('create clusterrolebinding editor --clusterrole=edit --serviceaccount=default:reader');
  assert.equal(await kubectl(`auth can-i create taskruns.tekton.dev ${as}`), 'yes\n');
  assert.match(
    (
      await refused(
        `create clusterrolebinding mine --clusterrole=cluster-admin --serviceaccount=default:reader ${as}`,
      )
    ).stderr,
    /cannot create resource "clusterrolebindings"/,
  );
  await kubectl('create clusterrole binder --verb=create --resource=rolebindings,clusterrolebindings');
  await kubectl('create clusterrolebinding binder --clusterrole=binder --serviceaccount=default:reader');
  assert.match(
    (
      await refused(
        `create clusterrolebinding mine --clusterrole=cluster-admin --serviceaccount=default:reader ${as}`,
      )
    ).stderr,
    /is attempting to grant RBAC permissions not currently held/,
  );
});

test('a privileged pod is refused until its namespace allows it', async () => {
  await kubectl('create namespace secure');
  const privileged = pod('privileged', ', securityContext: {privileged: true}');
  const { stderr } = await refused('apply -n secure -f -', privileged);
  assert.match(stderr, /violates PodSecurity "baseline:latest": privileged \(container "c" must not set/);
  const command = /granted by: kubectl (.*)$/m.exec(stderr)![1]!;
  assert.equal(command, 'label namespace secure pod-security.kubernetes.io/enforce=privileged');
  await kubectl(command);
  await kubectl('apply -n secure -f -', privileged);
});
