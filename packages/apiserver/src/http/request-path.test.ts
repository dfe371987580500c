import assert from 'node:assert/strict';
import { test } from 'node:test';
import { negotiate } from './negotiation.ts';
import { parseResourcePath } from './request-path.ts';

const paths: [path: string, want: (string | undefined)[] | undefined][] = [
  ['/api/v1/pods', ['', 'v1', '', 'pods', '', undefined]],
  ['/api/v1/namespaces', ['', 'v1', '', 'namespaces', '', undefined]],
  ['/api/v1/namespaces/n', ['', 'v1', '', 'namespaces', 'n', undefined]],
  ['/api/v1/namespaces/n/status', ['', 'v1', '', 'namespaces', 'n', 'status']],
  ['/api/v1/namespaces/n/pods/p/log', ['', 'v1', 'n', 'pods', 'p', 'log']],
  ['/apis/tekton.dev/v1/namespaces/n/taskruns/t', ['tekton.dev', 'v1', 'n', 'taskruns', 't', undefined]],
  ['/apis/tekton.dev/v1/taskruns/', ['tekton.dev', 'v1', '', 'taskruns', '', undefined]],
  [
    '/apis/rbac.authorization.k8s.io/v1/clusterroles/a%3Ab',
    ['rbac.authorization.k8s.io', 'v1', '', 'clusterroles', 'a:b', undefined],
  ],
  ['/api/v1', undefined],
  ['/apis/tekton.dev/v1', undefined],
  ['/version', undefined],
  ['/api/v1/pods/%ff', undefined],
  ['/api/v1/namespaces/n/pods/p/log/more', undefined],
];

for (const [path, want] of paths) {
  test(`the parts of ${path}`, () => {
    const found = parseResourcePath(path);
    const parts = found && [
      found.group,
      found.version,
      found.namespace,
      found.plural,
      found.name,
      found.subresource,
    ];
    assert.deepEqual(parts, want);
  });
}

const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const accepts: [accept: string, want: object][] = [
  ['', { format: 'json' }],
  ['*/*', { format: 'json' }],
  ['application/vnd.kubernetes.protobuf, application/json', { format: 'json' }],
  ['application/yaml', { format: 'yaml' }],
  [`${table},application/json`, { format: 'json', as: 'Table', version: 'v1' }],
  ['application/json;as=constructor;g=constructor,application/json', { format: 'json' }],
  ['application/json;as=Unknown;v=v1;g=meta.k8s.io,application/json', { format: 'json' }],
];

for (const [accept, want] of accepts) {
  test(`Accept: ${accept || '(none)'}`, () => assert.deepEqual(negotiate(accept), want));
}

test('only a type that cannot be served is not acceptable', () => {
  assert.throws(() => negotiate('application/vnd.kubernetes.protobuf'), { code: 'KUBE_NOT_ACCEPTABLE' });
});
