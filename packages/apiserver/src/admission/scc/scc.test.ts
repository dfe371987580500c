import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod, SecurityContextConstraints } from '@slipway/kube';
import { pod as makePod } from '../../test-server.ts';
import { tryConstraints } from './candidate.ts';
import { namespaceRanges } from './namespace-ranges.ts';
import { inOrder } from './order.ts';
import { PREDEFINED } from './predefined.ts';
import { describeProblem } from './problem.ts';

const ranges = namespaceRanges({
  'openshift.io/sa.scc.uid-range': '1000680000/10000',
  'openshift.io/sa.scc.supplemental-groups': '1000680000/10000',
  'openshift.io/sa.scc.mcs': 's0:c26,c15',
})!;

type Context = NonNullable<Pod['spec']['containers'][0]['securityContext']>;

function pod(context: Context = {}, spec: Partial<Pod['spec']> = {}): Pod {
  const made = makePod('p', spec);
  made.spec.containers[0]!.securityContext = context;
  return made;
}

function under(name: string, candidate: Pod): { pod: Pod; problems: string[] } {
  const scc = PREDEFINED.find(({ metadata }) => metadata.name === name)!;
  const tried = tryConstraints(candidate, scc, ranges);
  return { pod: tried.pod, problems: tried.problems.map(describeProblem) };
}

test('the order: priority, then the most restrictive', () => {
  assert.deepEqual(
    inOrder(PREDEFINED).map(({ metadata }) => metadata.name),
    [
      'anyuid',
      'restricted-v2',
      'restricted',
      'nonroot-v2',
      'nonroot',
      'hostmount-anyuid',
      'hostnetwork-v2',
      'hostnetwork',
      'hostaccess',
      'privileged',
    ],
  );
});

test('restricted gives the ids, groups and label of the namespace, and takes capabilities', () => {
  const { pod: admitted, problems } = under('restricted', pod());
  assert.deepEqual(problems, []);
  assert.deepEqual(admitted.spec.securityContext, {
    seLinuxOptions: { level: 's0:c26,c15' },
    fsGroup: 1000680000,
  });
  assert.deepEqual(admitted.spec.containers[0]!.securityContext, {
    runAsUser: 1000680000,
    runAsNonRoot: true,
    capabilities: { drop: ['KILL', 'MKNOD', 'SETGID', 'SETUID'] },
  });
});

test('restricted-v2 also forbids escalation, takes all capabilities and sets seccomp', () => {
  const { pod: admitted, problems } = under('restricted-v2', pod());
  assert.deepEqual(problems, []);
  assert.deepEqual(admitted.spec.securityContext?.seccompProfile, { type: 'RuntimeDefault' });
  assert.deepEqual(admitted.spec.containers[0]!.securityContext, {
    runAsUser: 1000680000,
    runAsNonRoot: true,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
  });
});

test('anyuid leaves the user to the image, privileged leaves everything', () => {
  assert.deepEqual(under('anyuid', pod({ runAsUser: 0 })).pod.spec.containers[0]!.securityContext, {
    runAsUser: 0,
    capabilities: { drop: ['MKNOD'] },
  });
  const free = under('privileged', pod({ privileged: true }));
  assert.deepEqual(free.problems, []);
  assert.deepEqual(free.pod.spec.containers[0]!.securityContext, { privileged: true });
});

const refused: [title: string, scc: string, candidate: Pod, problem: string][] = [
  [
    'a privileged container',
    'restricted',
    pod({ privileged: true }),
    '.spec.containers[0].securityContext.privileged: Invalid value: true: Privileged containers are not allowed',
  ],
  [
    'root',
    'restricted',
    pod({ runAsUser: 0 }),
    '.spec.containers[0].securityContext.runAsUser: Invalid value: 0: must be in the ranges: [1000680000, 1000689999]',
  ],
  [
    'root of the pod',
    'restricted',
    pod({}, { securityContext: { runAsUser: 0 } }),
    '.spec.containers[0].securityContext.runAsUser: Invalid value: 0: must be in the ranges: [1000680000, 1000689999]',
  ],
  [
    'root under nonroot',
    'nonroot',
    pod({ runAsUser: 0 }),
    '.spec.containers[0].securityContext.runAsUser: Invalid value: 0: running with the root UID is forbidden',
  ],
  [
    'a folder of the host',
    'restricted',
    pod({}, { volumes: [{ name: 'v', hostPath: { path: '/' } }] }),
    '.spec.volumes[0]: Invalid value: "hostPath": hostPath volumes are not allowed to be used',
  ],
  [
    'the network of the host',
    'anyuid',
    pod({}, { hostNetwork: true }),
    '.spec.securityContext.hostNetwork: Invalid value: true: Host network is not allowed to be used',
  ],
  [
    'a capability',
    'anyuid',
    pod({ capabilities: { add: ['SYS_ADMIN'] } }),
    '.spec.containers[0].securityContext.capabilities.add: Invalid value: "SYS_ADMIN": capability may not be added',
  ],
  [
    'a group that owns volumes',
    'restricted',
    pod({}, { securityContext: { fsGroup: 0 } }),
    '.spec.securityContext.fsGroup: Invalid value: []int64{0}: 0 is not an allowed group',
  ],
  [
    'privilege escalation',
    'restricted-v2',
    pod({ allowPrivilegeEscalation: true }),
    '.spec.containers[0].securityContext.allowPrivilegeEscalation: Invalid value: true: Allowing privilege escalation for containers is not allowed',
  ],
  [
    'a seccomp profile under the first generation',
    'restricted',
    pod({ seccompProfile: { type: 'RuntimeDefault' } }),
    '.spec.containers[0].securityContext.seccompProfile: Invalid value: "runtime/default": seccomp may not be set',
  ],
  [
    'no seccomp under the second',
    'restricted-v2',
    pod({ seccompProfile: { type: 'Unconfined' } }),
    '.spec.containers[0].securityContext.seccompProfile: Invalid value: "unconfined": unconfined is not an allowed seccomp profile. Valid values are [runtime/default]',
  ],
  [
    'another SELinux level',
    'anyuid',
    pod({ seLinuxOptions: { level: 's0' } }),
    '.spec.containers[0].securityContext.seLinuxOptions.level: Invalid value: "s0": must be s0:c26,c15',
  ],
  [
    'an unsafe sysctl',
    'restricted',
    pod({}, { securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } }),
    '.spec.securityContext.sysctls[0]: Invalid value: "kernel.msgmax": unsafe sysctl is not allowed',
  ],
  [
    'a port of the host',
    'restricted',
    { ...pod(), spec: { containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort: 80 }] }] } },
    '.spec.containers[0].ports[0].hostPort: Invalid value: 80: Host ports are not allowed to be used',
  ],
];

for (const [title, scc, candidate, problem] of refused) {
  test(`${scc} refuses ${title}`, () => assert.deepEqual(under(scc, candidate).problems, [problem]));
}

test('what an SCC fixes itself wins over the namespace', () => {
  const fixed: SecurityContextConstraints = {
    ...PREDEFINED[1]!,
    runAsUser: { type: 'MustRunAs', uid: 7 },
    fsGroup: { type: 'MustRunAs', ranges: [{ min: 5, max: 6 }] },
    supplementalGroups: { type: 'MustRunAs' },
    seLinuxContext: { type: 'MustRunAs', seLinuxOptions: { level: 's0:c1,c0' } },
    defaultAddCapabilities: ['CHOWN'],
    readOnlyRootFilesystem: true,
  };
  const { pod: admitted, problems } = tryConstraints(pod(), fixed, ranges);
  assert.deepEqual(problems, []);
  assert.deepEqual(admitted.spec.securityContext, {
    seLinuxOptions: { level: 's0:c1,c0' },
    fsGroup: 5,
    supplementalGroups: [1000680000],
  });
  assert.deepEqual(admitted.spec.containers[0]!.securityContext, {
    runAsUser: 7,
    runAsNonRoot: true,
    readOnlyRootFilesystem: true,
    capabilities: { add: ['CHOWN'], drop: ['KILL', 'MKNOD', 'SETGID', 'SETUID'] },
  });
});

test('ranges are a start and a number, or a first and a last', () => {
  const read = (uids: string) =>
    namespaceRanges({ 'openshift.io/sa.scc.uid-range': uids, 'openshift.io/sa.scc.mcs': 's0' });
  assert.deepEqual(read('10/5')?.users, { min: 10, max: 14 });
  assert.deepEqual(read('10-15')?.groups, [{ min: 10, max: 15 }]);
  for (const wrong of ['', '10', '10/0', '15-10', 'a/b']) assert.equal(read(wrong), undefined, wrong);
});
