import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { mountTmpfs, unmount } from '@slipway/containers';
import { type Event, type PersistentVolumeClaim, type Pod, resources } from '@slipway/kube';
import { eventually } from '@slipway/testkit';
import { type Machine, sh, startMachine } from './pods/machine.ts';

let machine: Machine;

before(async () => {
  machine = await startMachine();
});

after(async () => await machine[Symbol.asyncDispose]());

const ended = (pod: Pod, container = pod.spec.containers[0]!.name) =>
  pod.status?.containerStatuses?.find(({ name }) => name === container)?.state?.terminated;

const members = (name: string): Promise<string[]> => readdir(join(machine.folder, 'runner', name));

async function remove(name: string, gracePeriodSeconds = 0): Promise<void> {
  await machine.server.client.delete(resources.pods, name, { namespace: 'default', gracePeriodSeconds });
  await eventually(async () => !(await machine.get(name).catch(() => undefined)), { what: `${name} gone` });
}

test('a pod runs, reports its end, and leaves nothing when it is deleted', async () => {
  await machine.pod('plain', { containers: [sh('main', 'echo out; echo err >&2; exit 3')] });
  const pod = await machine.over('plain');
  assert.deepEqual([pod.status?.phase, pod.spec.nodeName], ['Failed', 'here']);
  assert.deepEqual([ended(pod)?.exitCode, ended(pod)?.reason], [3, 'Error']);
  assert.equal((await machine.logs('plain', 'main')).split('\n').sort().join(), ',err,out');
  await remove('plain');
  const left = async () => (await Promise.all(['sandboxes', 'pods'].map(members))).flat();
  await eventually(async () => (await left()).length === 0, { what: 'nothing left' });
});

test('the image’s command, environment, folder and host name', async () => {
  await machine.pod('image', {
    containers: [{ name: 'a' }, { name: 'b', args: ['env'] }, sh('c', 'pwd; hostname; cat /etc/hosts')],
  });
  await machine.over('image');
  assert.equal(await machine.logs('image', 'a'), 'default command\n');
  assert.match(await machine.logs('image', 'b'), /^FROM_IMAGE=yes$/m);
  const seen = await machine.logs('image', 'c');
  assert.match(seen, /^\/tmp\nimage\n/);
  assert.match(seen, /127\.0\.0\.9\tregistry\.test\.svc registry/);
});

test('environment: order, expansion, references, fields and resources', async () => {
  await machine.create(resources.configmaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'cm', namespace: 'default' },
    data: { A: 'from-cm', B: 'b' },
  });
  await machine.create(resources.secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'sec', namespace: 'default' },
    stringData: { password: 'secret-value' },
  });
  const env = [
    { name: 'A', value: 'own' },
    { name: 'C', value: '$(A)-$(B)-$$(A)-$(NONE)' },
    { name: 'S', valueFrom: { secretKeyRef: { name: 'sec', key: 'password' } } },
    { name: 'O', valueFrom: { secretKeyRef: { name: 'sec', key: 'none', optional: true } } },
    { name: 'N', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
    { name: 'M', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
  ];
  const main = { name: 'main', command: ['echo', '$(C)'], env, envFrom: [{ configMapRef: { name: 'cm' } }] };
  const resourcesOf = { limits: { memory: '64Mi' } };
  await machine.pod('env', {
    containers: [
      main,
      sh('other', 'env', {
        env,
        envFrom: [{ prefix: 'P_', configMapRef: { name: 'cm' } }],
        resources: resourcesOf,
      }),
    ],
  });
  await machine.over('env');
  assert.equal(await machine.logs('env', 'main'), 'own-b-$(A)-$(NONE)\n');
  const seen = await machine.logs('env', 'other');
  for (const line of [
    'P_A=from-cm',
    'S=secret-value',
    'N=test',
    'M=64',
    'KUBERNETES_SERVICE_HOST=127.0.0.9',
  ]) {
    assert.ok(seen.split('\n').includes(line), `${line} in ${seen}`);
  }
  assert.ok(!/^O=/m.test(seen));
});

test('volumes: emptyDir, memory, configMap, secret, items, subPath, token, downward, claim, hostPath', async () => {
  await machine.create<PersistentVolumeClaim>(resources.persistentvolumeclaims, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', namespace: 'default' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  });
  const volumes = [
    { name: 'e', emptyDir: {} },
    { name: 'm', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
    { name: 'c', configMap: { name: 'cm', items: [{ key: 'A', path: 'x/a.txt', mode: 0o400 }] } },
    { name: 's', secret: { secretName: 'sec', defaultMode: 0o440 } },
    { name: 'd', downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
    { name: 'p', persistentVolumeClaim: { claimName: 'data' } },
    { name: 'none', configMap: { name: 'not-there', optional: true } },
  ];
  const volumeMounts = [
    { name: 'e', mountPath: '/e' },
    { name: 'm', mountPath: '/m' },
    { name: 'c', mountPath: '/c' },
    { name: 's', mountPath: '/s/password', subPath: 'password' },
    { name: 'd', mountPath: '/d' },
    { name: 'p', mountPath: '/p', subPath: 'deep/er' },
    { name: 'none', mountPath: '/none' },
  ];
  const script = `cat /c/x/a.txt; echo; stat -c %a /c/x/a.txt /s/password; cat /s/password; echo; cat /d/labels; echo
    df -m /m | tail -1; touch /e/f /p/kept && ls /none; ls /var/run/secrets/kubernetes.io/serviceaccount
    touch /c/no 2>/dev/null || echo readonly; cat /var/run/secrets/kubernetes.io/serviceaccount/namespace`;
  await machine.pod('volumes', { volumes, containers: [sh('main', script, { volumeMounts })] });
  assert.equal(ended(await machine.over('volumes'))?.exitCode, 0, await machine.logs('volumes', 'main'));
  const seen = await machine.logs('volumes', 'main');
  assert.match(seen, /^from-cm\n400\n440\nsecret-value\napp="test"\ntmpfs\s+1\s/);
  assert.match(seen, /ca\.crt\nnamespace\ntoken\nreadonly\ndefault$/);
  await machine.pod('again', {
    volumes: [volumes[5]!],
    containers: [sh('main', 'ls /p/deep/er', { volumeMounts: [{ name: 'p', mountPath: '/p' }] })],
  });
  await machine.over('again');
  assert.equal(await machine.logs('again', 'main'), 'kept\n');
  const claim = await machine.server.client.get<PersistentVolumeClaim>(
    resources.persistentvolumeclaims,
    'data',
    'default',
  );
  assert.equal(claim.status?.phase, 'Bound');
});

test('the token in a pod is valid for the API and bound to its ServiceAccount', async () => {
  await machine.pod('token', {
    containers: [sh('main', 'cat /var/run/secrets/kubernetes.io/serviceaccount/token')],
  });
  await machine.over('token');
  const user = await machine.server.authenticate(await machine.logs('token', 'main'));
  assert.equal(user?.username, 'system:serviceaccount:default:default');
});

test('securityContext: users, groups, read-only root, capabilities, seccomp', async () => {
  const securityContext = { runAsUser: 1000, runAsGroup: 1001, fsGroup: 2000, supplementalGroups: [3000] };
  const volumes = [{ name: 'e', emptyDir: {} }];
  const volumeMounts = [{ name: 'e', mountPath: '/e' }];
  const script =
    'id; touch /e/f && stat -c %g /e/f; touch /x 2>/dev/null || echo readonly; grep -E "NoNewPrivs|Seccomp:|CapBnd" /proc/self/status';
  const own = {
    readOnlyRootFilesystem: true,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' as const },
  };
  await machine.pod('secure', {
    securityContext,
    volumes,
    containers: [sh('main', script, { volumeMounts, securityContext: own })],
  });
  await machine.over('secure');
  const seen = await machine.logs('secure', 'main');
  assert.match(seen, /uid=1000 gid=1001 groups=1001,2000,3000/);
  assert.match(seen, /^2000\nreadonly$/m);
  assert.match(seen, /CapBnd:\s+0+\nNoNewPrivs:\s+1\nSeccomp:\s+2/);
});

test('init containers come first, one after the other; a failed one ends the pod', async () => {
  const volumes = [{ name: 'e', emptyDir: {} }];
  const volumeMounts = [{ name: 'e', mountPath: '/e' }];
  const init = [sh('one', 'echo 1 >> /e/f', { volumeMounts }), sh('two', 'echo 2 >> /e/f', { volumeMounts })];
  await machine.pod('init', {
    volumes,
    initContainers: init,
    containers: [sh('main', 'cat /e/f', { volumeMounts })],
  });
  assert.equal((await machine.over('init')).status?.phase, 'Succeeded');
  assert.equal(await machine.logs('init', 'main'), '1\n2\n');
  await machine.pod('bad-init', { initContainers: [sh('one', 'exit 4')], containers: [sh('main', 'true')] });
  const pod = await machine.over('bad-init');
  assert.equal(pod.status?.phase, 'Failed');
  assert.equal(pod.status?.initContainerStatuses?.[0]?.state?.terminated?.exitCode, 4);
  assert.equal(pod.status?.containerStatuses?.[0]?.state?.waiting?.reason, 'PodInitializing');
});

test('out of memory is OOMKilled', async () => {
  await machine.pod('oom', {
    containers: [sh('main', 'exec tail /dev/zero', { resources: { limits: { memory: '30Mi' } } })],
  });
  const pod = await machine.over('oom');
  assert.deepEqual([ended(pod)?.exitCode, ended(pod)?.reason], [137, 'OOMKilled']);
});

test('a program that is not in the image', async () => {
  await machine.pod('missing', { containers: [{ name: 'main', command: ['/no/such'] }] });
  const pod = await machine.over('missing');
  assert.deepEqual([ended(pod)?.exitCode, ended(pod)?.reason], [127, 'ContainerCannotRun']);
  assert.match(ended(pod)?.message ?? '', /\/no\/such/);
});

test('deletion: SIGTERM, the grace period, SIGKILL', async () => {
  const trap = 'trap "echo polite; exit 0" TERM; echo up; while :; do sleep 0.02; done';
  await machine.pod('polite', { containers: [sh('main', trap)] });
  await machine.until('polite', 'running', ({ status }) => status?.phase === 'Running');
  await eventually(async () => (await machine.logs('polite', 'main')).includes('up'), { what: 'up' });
  const following = machine.logs('polite', 'main', { follow: true });
  await remove('polite', 5);
  assert.equal(await following, 'up\npolite\n');
  await machine.pod('stubborn', { containers: [sh('main', 'trap "" TERM; while :; do sleep 0.02; done')] });
  await machine.until('stubborn', 'running', ({ status }) => status?.phase === 'Running');
  const started = Date.now();
  await remove('stubborn', 1);
  assert.ok(Date.now() - started >= 900, 'the grace period was given');
});

test('activeDeadlineSeconds', async () => {
  await machine.pod('late', {
    activeDeadlineSeconds: 1,
    terminationGracePeriodSeconds: 0,
    containers: [sh('main', 'sleep 60')],
  });
  const pod = await machine.over('late');
  assert.deepEqual([pod.status?.phase, pod.status?.reason], ['Failed', 'DeadlineExceeded']);
});

test('restartPolicy OnFailure: another run after a pause, the one before in lastState', async () => {
  await machine.pod('again-please', { restartPolicy: 'OnFailure', containers: [sh('main', 'exit 5')] });
  const pod = await machine.until(
    'again-please',
    'back-off',
    ({ status }) => status?.containerStatuses?.[0]?.restartCount === 1,
  );
  const status = pod.status?.containerStatuses?.[0];
  assert.equal(status?.lastState?.terminated?.exitCode, 5);
  assert.equal(status?.state?.waiting?.reason, 'CrashLoopBackOff');
  assert.equal(pod.status?.phase, 'Running');
  await remove('again-please');
});

test('logs: follow from before the start, tail, timestamps', async () => {
  await machine.pod('talk', { containers: [sh('main', 'for i in 1 2 3; do echo $i; sleep 0.1; done')] });
  await machine.until('talk', 'running', ({ status }) => status?.phase === 'Running');
  assert.equal(await machine.logs('talk', 'main', { follow: true }), '1\n2\n3\n');
  assert.equal(await machine.logs('talk', 'main', { tailLines: 2 }), '2\n3\n');
  assert.match(await machine.logs('talk', 'main', { tailLines: 1, timestamps: true }), /^\d{4}-.*Z? 3\n$/);
  assert.equal(await machine.logs('talk', 'main', { tailLines: 0 }), '');
});

test('events tell the story', async () => {
  const { items } = await machine.server.client.list<Event>(resources.events, { namespace: 'default' });
  const reasons = items
    .filter(({ involvedObject }) => involvedObject.name === 'talk')
    .map(({ reason }) => reason);
  assert.deepEqual(reasons, ['Scheduled', 'Pulled', 'Created', 'Started']);
});

test('a full disk ends the pod with the reason, and the next one runs when there is room again', async () => {
  const sandboxes = join(machine.folder, 'runner/sandboxes');
  await eventually(
    async () =>
      (await machine.server.client.list<Pod>(resources.pods)).items.every(({ status }) =>
        /Succ|Fail/.test(status?.phase ?? ''),
      ),
    { what: 'quiet' },
  );
  await mountTmpfs(sandboxes, { sizeBytes: 16_384 });
  await machine.pod('full', { containers: [sh('main', 'true')] });
  const pod = await machine.over('full');
  assert.deepEqual([pod.status?.phase, pod.status?.reason], ['Failed', 'Evicted']);
  assert.match(pod.status?.message ?? '', /no room left on the disk/);
  await remove('full');
  await eventually(async () => (await members('sandboxes')).length === 0, { what: 'nothing left' });
  await unmount(sandboxes);
  await machine.pod('fits', { containers: [sh('main', 'true')] });
  assert.equal((await machine.over('fits')).status?.phase, 'Succeeded');
});

test('the node is registered', async () => {
  const node = await machine.server.client.get(resources.nodes, 'here');
  assert.ok(node);
});
