import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ClusterRoleBinding,
  type Namespace,
  type Pod,
  type RoleBinding,
  resources,
  type SecurityContextConstraints,
} from '@slipway/kube';
import { ApiServer } from '../../api-server.ts';
import { optionsOf, pod, withServer } from '../../test-server.ts';

const openshift = { policy: 'openshift' } as const;

function grant(scc: string, kind: 'RoleBinding' | 'ClusterRoleBinding'): RoleBinding | ClusterRoleBinding {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind,
    metadata: { name: `use-${scc}`, ...(kind === 'RoleBinding' && { namespace: 'default' }) },
    roleRef: {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'ClusterRole',
      name: `system:openshift:scc:${scc}`,
    },
    subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: 'default' }],
  } as RoleBinding;
}

const privileged = (): Pod =>
  pod('p', { containers: [{ name: 'c', image: 'i', securityContext: { privileged: true } }] });

test('each namespace gets ids and a level of its own', () =>
  withServer(async ({ client }) => {
    for (const name of ['a', 'b']) {
      await client.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    }
    const { items } = await client.list<Namespace>(resources.namespaces);
    const ranges = items.map(({ metadata }) => metadata.annotations?.['openshift.io/sa.scc.uid-range']);
    assert.equal(new Set(ranges).size, 5);
    assert.ok(
      ranges.every((range) => /^10000\d0000\/10000$/.test(range ?? '')),
      String(ranges),
    );
    const levels = items.map(({ metadata }) => metadata.annotations?.['openshift.io/sa.scc.mcs']);
    assert.equal(new Set(levels).size, 5);
  }, openshift));

test('namespaces from before the policy get them at the start', async () => {
  const options = optionsOf();
  await (await ApiServer.start(options)).close();
  const server = await ApiServer.start({ ...options, ...openshift });
  try {
    const namespace = await server.client.get<Namespace>(resources.namespaces, 'default');
    assert.match(namespace.metadata.annotations?.['openshift.io/sa.scc.mcs'] ?? '', /^s0:c\d+,c\d+$/);
  } finally {
    await server.close();
  }
});

test('a pod of the control plane has what its ServiceAccount may use, not what the control plane may', () =>
  withServer(async ({ client }) => {
    const made = await client.create<Pod>(resources.pods, pod('p'));
    assert.equal(made.metadata.annotations?.['openshift.io/scc'], 'restricted-v2');
    await assert.rejects(
      client.create(resources.pods, { ...privileged(), metadata: { name: 'q', namespace: 'default' } }),
      {
        message:
          /^pods "q" is forbidden: unable to validate against any security context constraint: \[provider "anyuid": Forbidden: not usable by user or serviceaccount, provider restricted-v2: .spec.containers\[0\].securityContext.privileged: Invalid value: true: Privileged containers are not allowed, .*provider restricted: .*, provider "privileged": Forbidden: not usable by user or serviceaccount\]\nallowed by "privileged", granted by: oc adm policy add-scc-to-user privileged -z default -n default\nor by: slipway grant scc privileged -z default -n default\nor by: kubectl create rolebinding .*\nthen try again$/,
      },
    );
  }, openshift));

test('an administrator makes pods under anyuid, which has priority', () =>
  withServer(async (server) => {
    const client = server.clientFor({ username: 'admin', groups: ['system:masters'] });
    const made = await client.create<Pod>(resources.pods, pod('p'));
    assert.equal(made.metadata.annotations?.['openshift.io/scc'], 'anyuid');
    const strong = await client.create<Pod>(resources.pods, {
      ...privileged(),
      metadata: { name: 'q', namespace: 'default' },
    });
    assert.equal(strong.metadata.annotations?.['openshift.io/scc'], 'privileged');
  }, openshift));

for (const policy of ['kubernetes', 'openshift'] as const) {
  for (const kind of ['RoleBinding', 'ClusterRoleBinding'] as const) {
    test(`${policy}: a ${kind} of privileged to the ServiceAccount lets its pods in`, () =>
      withServer(
        async ({ client }) => {
          await assert.rejects(client.create(resources.pods, privileged()), /is forbidden/);
          const type = kind === 'RoleBinding' ? resources.rolebindings : resources.clusterrolebindings;
          await client.create(type, grant('privileged', kind));
          const made = await client.create(resources.pods, privileged());
          assert.equal(made.metadata.annotations?.['openshift.io/scc'], 'privileged');
          await client.delete(resources.pods, 'p', { namespace: 'default' });
          await client.delete(type, 'use-privileged', kind === 'RoleBinding' ? { namespace: 'default' } : {});
          await assert.rejects(
            client.create(resources.pods, { ...privileged(), metadata: { name: 'q', namespace: 'default' } }),
            /is forbidden/,
          );
        },
        { policy },
      ));
  }

  test(`${policy}: the SCC's own list of users lets them in`, () =>
    withServer(
      async ({ client }) => {
        const scc = await client.get<SecurityContextConstraints>(
          resources.securitycontextconstraints,
          'privileged',
        );
        scc.users = [...(scc.users ?? []), 'system:serviceaccount:default:default'];
        await client.update(resources.securitycontextconstraints, scc);
        await client.create(resources.pods, privileged());
      },
      { policy },
    ));
}

test('the administrator of a namespace cannot pass on what nobody gave', () =>
  withServer(async (server) => {
    const { client } = server;
    const apiGroup = 'rbac.authorization.k8s.io';
    await client.create<RoleBinding>(resources.rolebindings, {
      apiVersion: `${apiGroup}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'admin', namespace: 'default' },
      roleRef: { apiGroup, kind: 'ClusterRole', name: 'admin' },
      subjects: [{ kind: 'User', apiGroup, name: 'dev' }],
    });
    const dev = server.clientFor({ username: 'dev', groups: ['system:authenticated'] });
    await assert.rejects(
      dev.create(resources.rolebindings, grant('privileged', 'RoleBinding')),
      /attempting to grant RBAC permissions not currently held/,
    );
  }));

test('a refusal of Pod Security names the least SCC that allows the pod', () =>
  withServer(async ({ client }) => {
    const volumes = [{ name: 'v', hostPath: { path: '/var/run/docker.sock' } }];
    await assert.rejects(
      client.create(resources.pods, pod('p', { volumes })),
      /or to the ServiceAccount "default" alone by: oc adm policy add-scc-to-user hostmount-anyuid -z default -n default\n/,
    );
    await assert.rejects(
      client.create(resources.pods, privileged()),
      /add-scc-to-user privileged -z default/,
    );
  }));

test('what everybody may use is no grant: restricted stays restricted', () =>
  withServer(async ({ client }) => {
    const metadata = { name: 'strict', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } };
    await client.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata });
    const strict = { ...pod('p'), metadata: { name: 'p', namespace: 'strict' } };
    await assert.rejects(client.create(resources.pods, strict), /violates PodSecurity "restricted:latest"/);
  }));

test('under SCCs a level counts where a namespace has its label', () =>
  withServer(async (server) => {
    const { client } = server;
    const metadata = { name: 'strict', labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } };
    await client.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata });
    const admin = server.clientFor({ username: 'admin', groups: ['system:masters'] });
    const strong = { ...privileged(), metadata: { name: 'p', namespace: 'strict' } };
    await assert.rejects(admin.create(resources.pods, strong), /violates PodSecurity "baseline:latest"/);
  }, openshift));

test('an SCC without a strategy is refused with its field', () =>
  withServer(async ({ client }) => {
    const scc = {
      apiVersion: 'security.openshift.io/v1',
      kind: 'SecurityContextConstraints',
      metadata: { name: 'mine' },
    } as SecurityContextConstraints;
    await assert.rejects(
      client.create(resources.securitycontextconstraints, scc),
      /runAsUser.type: Required value/,
    );
  }));
