// What OpenShift's `oc` sends (seen on the wire of oc 4.12, and in the source of oc 4.2), sent by hand: oc itself is not to be had
// from a package registry. Typed writes are protobuf with Go's explicit zeros.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { controlPlaneEndpoints } from '@slipway/daemon';
import { kubeProtobuf, type ProtobufField } from '@slipway/testkit';
import { clusterRoleRef, metadata, ocClient, RBAC, sccProtobuf, serviceAccountSubject } from './oc/client.ts';
import { push, type RegistryPlane, startRegistryPlane } from './registry/control-plane.ts';

let plane: RegistryPlane;
let oc: ReturnType<typeof ocClient>;
before(async () => {
  plane = await startRegistryPlane('openshift');
  oc = ocClient(await controlPlaneEndpoints(plane.plane.folder.root));
  await plane.kubectl('create namespace story');
});
after(() => plane?.[Symbol.asyncDispose]());

const rbacPath = (rest: string): string => `/apis/${RBAC}/v1/${rest}`;

describe('oc', () => {
  test('create sa pipeline', async () => {
    const body = kubeProtobuf('v1', 'ServiceAccount', [metadata('pipeline')]);
    const query = '?fieldManager=kubectl-create&fieldValidation=Ignore';
    const made = await oc(`/api/v1/namespaces/story/serviceaccounts${query}`, { method: 'POST', body });
    assert.equal(made.code, 201);
    assert.match(made.type, /json/);
    assert.equal(made.json.metadata.name, 'pipeline');
    assert.match(made.json.secrets[0].name, /^pipeline-token-\w{5}$/);
    assert.match(made.json.imagePullSecrets[0].name, /^pipeline-dockercfg-\w{5}$/);
    const again = await oc('/api/v1/namespaces/story/serviceaccounts', { method: 'POST', body });
    assert.equal(again.json.reason, 'AlreadyExists');
  });

  test('adm policy add-role-to-user system:image-builder -z pipeline', async () => {
    const accept =
      'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json';
    for (const root of ['/api', '/apis']) assert.equal((await oc(root, { accept })).code, 200);
    for (let i = 0; i < 2; i++) {
      assert.equal((await oc(rbacPath('namespaces/story/rolebindings'))).json.kind, 'RoleBindingList');
    }
    assert.equal((await oc(rbacPath('clusterroles/system:image-builder'))).code, 200);
    assert.equal((await oc('/api/v1/namespaces/story/serviceaccounts/pipeline')).code, 200);
    const body = kubeProtobuf(`${RBAC}/v1`, 'RoleBinding', [
      metadata('system:image-builder', 'story'),
      serviceAccountSubject('pipeline', 'story'),
      clusterRoleRef('system:image-builder'),
    ]);
    const made = await oc(rbacPath('namespaces/story/rolebindings'), { method: 'POST', body });
    assert.equal(made.code, 201, JSON.stringify(made.json));
    const pushed = await push(plane.plane.registry, 'story/app:1', await plane.token('story/pipeline'));
    assert.equal(pushed.status, 201, pushed.text);
  });

  test('adm policy add-scc-to-user privileged -z pipeline', async () => {
    const role = 'system:openshift:scc:privileged';
    assert.equal((await oc(rbacPath(`clusterroles/${role}`))).code, 200);
    assert.equal((await oc(rbacPath(`clusterrolebindings/${role}`))).code, 404);
    const body = kubeProtobuf(`${RBAC}/v1`, 'ClusterRoleBinding', [
      metadata(role),
      serviceAccountSubject('pipeline', 'story'),
      clusterRoleRef(role),
    ]);
    const made = await oc(rbacPath('clusterrolebindings'), { method: 'POST', body });
    assert.equal(made.code, 201, JSON.stringify(made.json));
    const as = '--as=system:serviceaccount:story:pipeline';
    const asked = `auth can-i use securitycontextconstraints.security.openshift.io/privileged ${as}`;
    assert.equal((await plane.tryKubectl(asked)).stdout, 'yes\n');
  });

  test('adm policy add-scc-to-user for an SCC that has no role yet makes the role', async () => {
    const scc = (await oc('/apis/security.openshift.io/v1/securitycontextconstraints/anyuid')).json;
    const own = { ...scc, metadata: { name: 'own' }, priority: null };
    const path = '/apis/security.openshift.io/v1/securitycontextconstraints';
    assert.equal((await oc(path, { method: 'POST', body: own })).code, 201);
    const role = 'system:openshift:scc:own';
    assert.equal((await oc(rbacPath(`clusterroles/${role}`))).code, 404);
    const rule: ProtobufField = [
      2,
      [
        [1, 'use'],
        [2, 'security.openshift.io'],
        [3, 'securitycontextconstraints'],
        [4, 'own'],
      ],
    ];
    const body = kubeProtobuf(`${RBAC}/v1`, 'ClusterRole', [metadata(role), rule]);
    const made = await oc(rbacPath('clusterroles'), { method: 'POST', body });
    assert.equal(made.code, 201, JSON.stringify(made.json));
    assert.deepEqual(made.json.rules, [
      {
        verbs: ['use'],
        apiGroups: ['security.openshift.io'],
        resources: ['securitycontextconstraints'],
        resourceNames: ['own'],
      },
    ]);
  });

  for (const form of ['JSON', 'protobuf']) {
    test(`adm policy add-scc-to-user as oc 4.2 and 3.11 did it: PUT of the SCC, in ${form}`, async () => {
      const path = '/apis/security.openshift.io/v1/securitycontextconstraints/hostaccess';
      const { json } = await oc(path);
      const user = `system:serviceaccount:story:old-${form.toLowerCase()}`;
      const changed = { ...json, users: [...(json.users ?? []), user] };
      const body = form === 'JSON' ? changed : sccProtobuf(changed);
      const put = await oc(path, { method: 'PUT', body });
      assert.equal(put.code, 200, JSON.stringify(put.json));
      assert.ok(put.json.users.includes(user));
      const { managedFields: _, resourceVersion: _r, ...before } = json.metadata;
      const { managedFields: _m, resourceVersion: _v, ...after } = put.json.metadata;
      assert.deepEqual(after, before);
      assert.equal(put.json.allowHostNetwork, true);
      assert.deepEqual(put.json.volumes, json.volumes);
      const stale = await oc(path, { method: 'PUT', body });
      assert.equal(stale.json.reason, 'Conflict');
    });
  }

  test('get secret, and sa get-token: the Secret that the account names', async () => {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
    const table = await oc('/api/v1/namespaces/story/secrets?limit=500', { accept });
    assert.equal(table.json.kind, 'Table');
    const { json: account } = await oc('/api/v1/namespaces/story/serviceaccounts/pipeline');
    const [{ name }] = account.secrets;
    const { json: secret } = await oc(`/api/v1/namespaces/story/secrets/${name}`);
    assert.equal(secret.type, 'kubernetes.io/service-account-token');
    assert.equal(secret.metadata.annotations['kubernetes.io/service-account.uid'], account.metadata.uid);
    const token = Buffer.from(secret.data.token, 'base64').toString();
    const self = await oc('/apis/user.openshift.io/v1/users/~', { token });
    assert.equal(self.json.metadata.name, 'system:serviceaccount:story:pipeline');
  });

  test('secrets link pipeline pull --for=pull,mount', async () => {
    const secret = kubeProtobuf('v1', 'Secret', [
      metadata('pull', 'story'),
      [
        2,
        [
          [1, '.dockercfg'],
          [2, Buffer.from('{"r.example":{"auth":"eDp5"}}')],
        ],
      ],
      [3, 'kubernetes.io/dockercfg'],
    ]);
    const made = await oc('/api/v1/namespaces/story/secrets', { method: 'POST', body: secret });
    assert.equal(made.code, 201, JSON.stringify(made.json));
    const path = '/api/v1/namespaces/story/serviceaccounts/pipeline';
    const { json: account } = await oc(path);
    const { uid, resourceVersion } = account.metadata;
    const reference = (name: string): ProtobufField[] => [
      [1, ''],
      [2, ''],
      [3, name],
      [4, ''],
      [5, ''],
      [6, ''],
      [7, ''],
    ];
    const names: string[] = [...account.secrets.map((each: { name: string }) => each.name), 'pull'];
    const pullNames: string[] = [
      ...account.imagePullSecrets.map((each: { name: string }) => each.name),
      'pull',
    ];
    const body = kubeProtobuf('v1', 'ServiceAccount', [
      [
        1,
        [
          [1, 'pipeline'],
          [2, ''],
          [3, 'story'],
          [4, ''],
          [5, uid],
          [6, resourceVersion],
          [7, 0],
          [8, []],
        ],
      ],
      ...names.map((name): ProtobufField => [2, reference(name)]),
      ...pullNames.map((name): ProtobufField => [3, [[1, name]]]),
    ]);
    const put = await oc(path, { method: 'PUT', body });
    assert.equal(put.code, 200, JSON.stringify(put.json));
    assert.deepEqual(
      put.json.secrets,
      names.map((name) => ({ name })),
    );
    assert.deepEqual(
      put.json.imagePullSecrets,
      pullNames.map((name) => ({ name })),
    );
  });

  test('whoami: a SelfSubjectReview, or users/~', async () => {
    const body = kubeProtobuf('authentication.k8s.io/v1', 'SelfSubjectReview', [
      metadata(''),
      [2, [[1, []]]],
    ]);
    const review = await oc('/apis/authentication.k8s.io/v1/selfsubjectreviews', { method: 'POST', body });
    assert.equal(review.json.status.userInfo.username, 'slipway-admin');
    assert.equal((await oc('/apis/user.openshift.io/v1/users/~')).json.metadata.name, 'slipway-admin');
    assert.equal((await oc('/apis/user.openshift.io/v1/users/another')).code, 404);
    assert.equal((await oc('/apis/user.openshift.io/v1/users/~', { token: '' })).code, 403);
  });

  test('login --token: HEAD /, the user, the projects that it may see', async () => {
    assert.ok((await oc('/', { method: 'HEAD', token: '' })).code < 500);
    const token = await plane.token('story/pipeline');
    const projects = async (): Promise<string[]> => {
      const { json } = await oc('/apis/project.openshift.io/v1/projects', { token });
      assert.equal(json.kind, 'ProjectList');
      return json.items.map((each: { metadata: { name: string } }) => each.metadata.name);
    };
    assert.deepEqual(await projects(), []);
    const mayCreate = await oc('/apis/authorization.openshift.io/v1/subjectaccessreviews', {
      method: 'POST',
      token,
      body: {
        kind: 'SubjectAccessReview',
        apiVersion: 'authorization.openshift.io/v1',
        namespace: '',
        verb: 'list',
        resourceAPIGroup: 'project.openshift.io',
        resource: 'projectrequests',
        resourceAPIVersion: '',
        resourceName: '',
        path: '',
        isNonResourceURL: false,
        user: '',
        groups: null,
        scopes: null,
      },
    });
    assert.deepEqual([mayCreate.code, mayCreate.json.allowed], [201, false]);
    assert.ok(
      [403, 404].includes((await oc('/api/v1/namespaces/openshift/configmaps/motd', { token })).code),
    );
    await plane.kubectl('create rolebinding see -n story --clusterrole=view --serviceaccount=story:pipeline');
    assert.deepEqual(await projects(), ['story']);
    assert.equal(
      (await oc('/apis/project.openshift.io/v1/projects/story', { token })).json.status.phase,
      'Active',
    );
    assert.equal((await oc('/apis/project.openshift.io/v1/projects/default', { token })).code, 403);
    assert.equal(
      (await oc('/apis/project.openshift.io/v1/projects/story', { token, method: 'DELETE' })).code,
      403,
    );
  });

  test('new-project and delete project', async () => {
    assert.equal((await oc('/apis/project.openshift.io/v1/projectrequests')).json.status, 'Success');
    const body = kubeProtobuf('project.openshift.io/v1', 'ProjectRequest', [
      metadata('fresh'),
      [2, 'Fresh'],
      [3, 'To try things'],
    ]);
    const path = '/apis/project.openshift.io/v1';
    const made = await oc(`${path}/projectrequests`, { method: 'POST', body });
    assert.deepEqual([made.code, made.json.kind], [201, 'Project'], JSON.stringify(made.json));
    const { json: namespace } = await oc('/api/v1/namespaces/fresh');
    const { annotations } = namespace.metadata;
    assert.equal(annotations['openshift.io/display-name'], 'Fresh');
    assert.equal(annotations['openshift.io/requester'], 'slipway-admin');
    assert.match(annotations['openshift.io/sa.scc.uid-range'], /^\d+\/10000$/);
    const { json: binding } = await oc(rbacPath('namespaces/fresh/rolebindings/admin'));
    assert.equal(binding.subjects[0].name, 'slipway-admin');
    const again = await oc(`${path}/projectrequests`, { method: 'POST', body });
    assert.equal(again.json.reason, 'AlreadyExists');
    const deleted = await oc(`${path}/projects/fresh`, {
      method: 'DELETE',
      body: { propagationPolicy: 'Background' },
    });
    assert.equal(deleted.code, 200, JSON.stringify(deleted.json));
    await plane.kubectl('wait --for=delete namespace/fresh --timeout=20s');
  });

  test('registry login, and get is: the registry that an image stream names', async () => {
    const { json } = await oc('/apis/image.openshift.io/v1/namespaces/story/imagestreams');
    assert.equal(json.items[0].metadata.name, 'app');
    const { publicDockerImageRepository, dockerImageRepository } = json.items[0].status;
    assert.equal(publicDockerImageRepository, `${plane.plane.registry}/story/app`);
    assert.match(dockerImageRepository, /^image-registry\.openshift-image-registry\.svc:5000\/story\/app$/);
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
    const table = await oc('/apis/image.openshift.io/v1/namespaces/story/imagestreams?limit=500', { accept });
    assert.equal(table.json.columnDefinitions[1].name, 'Image Repository');
    assert.equal((await oc('/apis/image.openshift.io/v1/namespaces/openshift/imagestreams')).code, 200);
  });
});
