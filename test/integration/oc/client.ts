// Requests with the headers of `oc`, and bodies as its generated clients write them: protobuf with Go's explicit zeros.
import { request } from 'node:https';
import type { Endpoints } from '@slipway/daemon';
import { kubeProtobuf, type ProtobufField } from '@slipway/testkit';

export interface Sent {
  readonly method?: string;
  readonly body?: Buffer | object;
  readonly accept?: string;
  readonly token?: string;
}

export interface Answer {
  readonly code: number;
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON the API answers with
  readonly json: any;
}

const PROTOBUF = 'application/vnd.kubernetes.protobuf';

/** Sends requests of oc to a control plane, by default as its administrator. */
export function ocClient(server: Endpoints): (path: string, sent?: Sent) => Promise<Answer> {
  return (path, { method = 'GET', body, accept, token = server.token } = {}) => {
    const bytes = body && (Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)));
    const headers = {
      accept: accept ?? `${PROTOBUF},application/json`,
      'user-agent': 'oc/4.12.0 (linux/amd64) kubernetes/1234567',
      ...(token !== '' && { authorization: `Bearer ${token}` }),
      ...(bytes && {
        'content-type': Buffer.isBuffer(body) ? PROTOBUF : 'application/json',
        'content-length': bytes.length,
      }),
    };
    return new Promise((resolve, reject) => {
      const sent = request(`${server.api}${path}`, { method, headers, ca: server.ca }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => {
          const type = response.headers['content-type'] ?? '';
          resolve({ code: response.statusCode ?? 0, type, json: text === '' ? undefined : JSON.parse(text) });
        });
      });
      sent.on('error', reject).end(bytes);
    });
  };
}

/** metadata = 1 of a message, as Go writes it: all plain fields, and an empty creationTimestamp. */
export function metadata(name: string, namespace = '', resourceVersion = ''): ProtobufField {
  return [
    1,
    [
      [1, name],
      [2, ''],
      [3, namespace],
      [4, ''],
      [5, ''],
      [6, resourceVersion],
      [7, 0],
      [8, []],
    ],
  ];
}

export const RBAC = 'rbac.authorization.k8s.io';

/** subjects = 2 {kind, apiGroup, name, namespace}. */
export function serviceAccountSubject(name: string, namespace: string): ProtobufField {
  return [
    2,
    [
      [1, 'ServiceAccount'],
      [2, ''],
      [3, name],
      [4, namespace],
    ],
  ];
}

/** roleRef = 3 {apiGroup, kind, name}. */
export function clusterRoleRef(name: string): ProtobufField {
  return [
    3,
    [
      [1, RBAC],
      [2, 'ClusterRole'],
      [3, name],
    ],
  ];
}

/** An SCC as the generated client of OpenShift 3.11 wrote it (security/v1 generated.proto). */
export function sccProtobuf(scc: {
  readonly [field: string]: unknown;
  readonly metadata: {
    name: string;
    resourceVersion: string;
    uid: string;
    annotations?: Record<string, string>;
  };
  readonly users: string[];
  readonly volumes: string[];
  readonly requiredDropCapabilities: string[];
}): Buffer {
  const { name, resourceVersion, uid, annotations = {} } = scc.metadata;
  const list = (number: number, values: readonly string[]): ProtobufField[] =>
    values.map((value) => [number, value]);
  const flag = (number: number, field: string): ProtobufField => [number, scc[field] === true ? 1 : 0];
  const strategy = (number: number, field: string): ProtobufField => [
    number,
    [[1, (scc[field] as { type: string }).type]],
  ];
  return kubeProtobuf('security.openshift.io/v1', 'SecurityContextConstraints', [
    [
      1,
      [
        ...([
          [1, name],
          [2, ''],
          [3, ''],
          [4, ''],
          [5, uid],
          [6, resourceVersion],
          [7, 0],
          [8, []],
        ] as ProtobufField[]),
        ...Object.entries(annotations).map(
          ([key, value]): ProtobufField => [
            12,
            [
              [1, key],
              [2, value],
            ],
          ],
        ),
      ],
    ],
    flag(3, 'allowPrivilegedContainer'),
    ...list(5, scc.requiredDropCapabilities),
    flag(7, 'allowHostDirVolumePlugin'),
    ...list(8, scc.volumes),
    flag(9, 'allowHostNetwork'),
    flag(10, 'allowHostPorts'),
    flag(11, 'allowHostPID'),
    flag(12, 'allowHostIPC'),
    strategy(13, 'seLinuxContext'),
    strategy(14, 'runAsUser'),
    strategy(15, 'supplementalGroups'),
    strategy(16, 'fsGroup'),
    flag(17, 'readOnlyRootFilesystem'),
    ...list(18, scc.users),
    flag(23, 'allowPrivilegeEscalation'),
  ]);
}
