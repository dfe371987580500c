import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container, Pod, PodSpec } from '@slipway/kube';
import { describeGrant, describeViolations, levelOf, violations } from './policy.ts';

function pod(spec: Partial<PodSpec>, container: Partial<Container> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'c', image: 'i', ...container }], ...spec },
  };
}

const RESTRICTED: Partial<Container> = {
  securityContext: {
    allowPrivilegeEscalation: false,
    runAsNonRoot: true,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  },
};

const baseline: [name: string, pod: Pod, fields: string[]][] = [
  ['a plain pod', pod({}), []],
  ['host network', pod({ hostNetwork: true }), ['spec.hostNetwork']],
  ['host pid and ipc', pod({ hostPID: true, hostIPC: true }), ['spec.hostPID', 'spec.hostIPC']],
  [
    'privileged',
    pod({}, { securityContext: { privileged: true } }),
    ['spec.containers[0].securityContext.privileged'],
  ],
  [
    'a privileged init container',
    pod({ initContainers: [{ name: 'i', securityContext: { privileged: true } }] }),
    ['spec.initContainers[0].securityContext.privileged'],
  ],
  ['a default capability', pod({}, { securityContext: { capabilities: { add: ['CHOWN'] } } }), []],
  [
    'SYS_ADMIN',
    pod({}, { securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }),
    ['spec.containers[0].securityContext.capabilities.add'],
  ],
  ['a hostPath', pod({ volumes: [{ name: 'v', hostPath: { path: '/' } }] }), ['spec.volumes[0].hostPath']],
  [
    'a hostPort',
    pod({}, { ports: [{ containerPort: 1, hostPort: 1 }] }),
    ['spec.containers[0].ports[0].hostPort'],
  ],
  [
    'procMount',
    pod({}, { securityContext: { procMount: 'Unmasked' } }),
    ['spec.containers[0].securityContext.procMount'],
  ],
  [
    'seccomp unconfined',
    pod({ securityContext: { seccompProfile: { type: 'Unconfined' } } }),
    ['spec.securityContext.seccompProfile.type'],
  ],
  [
    'SELinux type',
    pod({ securityContext: { seLinuxOptions: { type: 'spc_t' } } }),
    ['spec.securityContext.seLinuxOptions.type'],
  ],
  [
    'a safe sysctl',
    pod({ securityContext: { sysctls: [{ name: 'net.ipv4.tcp_syncookies', value: '1' }] } }),
    [],
  ],
  [
    'an unsafe sysctl',
    pod({ securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } }),
    ['spec.securityContext.sysctls[0].name'],
  ],
  [
    'hostProcess',
    pod({ securityContext: { windowsOptions: { hostProcess: true } } }),
    ['spec.securityContext.windowsOptions.hostProcess'],
  ],
  [
    'AppArmor unconfined',
    pod({}, { securityContext: { appArmorProfile: { type: 'Unconfined' } } }),
    ['spec.containers[0].securityContext.appArmorProfile.type'],
  ],
];

for (const [name, subject, fields] of baseline) {
  test(`baseline and ${name}`, () => {
    assert.deepEqual(
      violations(subject, 'baseline').map(({ field }) => field),
      fields,
    );
    assert.deepEqual(violations(subject, 'privileged'), []);
  });
}

const restricted: [name: string, pod: Pod, controls: string[]][] = [
  ['what it asks for', pod({}, RESTRICTED), []],
  [
    'a plain pod',
    pod({}),
    [
      'allowPrivilegeEscalation != false',
      'runAsNonRoot != true',
      'seccompProfile',
      'unrestricted capabilities',
    ],
  ],
  ['root', pod({ securityContext: { runAsUser: 0 } }, RESTRICTED), ['runAsUser=0']],
  [
    'a network volume',
    pod({ volumes: [{ name: 'v', nfs: {} } as never] }, RESTRICTED),
    ['restricted volume types'],
  ],
  [
    'settings of the pod',
    pod(
      { securityContext: { runAsNonRoot: true, seccompProfile: { type: 'Localhost' } } },
      {
        securityContext: {
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
        },
      },
    ),
    [],
  ],
];

for (const [name, subject, controls] of restricted) {
  test(`restricted and ${name}`, () => {
    assert.deepEqual(
      violations(subject, 'restricted').map(({ control }) => control),
      controls,
    );
  });
}

test('a refusal names the container, the field, the level and the command', () => {
  const found = violations(pod({ hostPID: true }, { securityContext: { privileged: true } }), 'baseline');
  assert.equal(
    describeViolations('baseline', found),
    'violates PodSecurity "baseline:latest": host namespaces (pod must not set spec.hostPID=true), ' +
      'privileged (container "c" must not set securityContext.privileged=true)',
  );
  assert.equal(
    describeGrant('n', found, undefined),
    'spec.hostPID, spec.containers[0].securityContext.privileged: allowed at level "privileged", granted by: ' +
      'kubectl label namespace n pod-security.kubernetes.io/enforce=privileged\nor by: slipway grant pod-security privileged -n n',
  );
  assert.match(
    describeGrant('n', violations(pod({}), 'restricted'), {
      'pod-security.kubernetes.io/enforce': 'restricted',
    }),
    /allowed at level "baseline".* pod-security\.kubernetes\.io\/enforce=baseline --overwrite$/m,
  );
});

test('a namespace enforces the default unless its label says otherwise', () => {
  const enforce = (value: string) => ({ 'pod-security.kubernetes.io/enforce': value });
  assert.equal(levelOf(undefined, 'enforce', 'baseline'), 'baseline');
  assert.equal(levelOf(enforce('restricted'), 'enforce', 'baseline'), 'restricted');
  assert.equal(levelOf(enforce('nonsense'), 'enforce', 'baseline'), 'baseline');
  assert.equal(levelOf({}, 'warn', 'privileged'), 'privileged');
});
