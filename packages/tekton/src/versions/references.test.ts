import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rewriteAll, rewriteText } from './references.ts';

const declared = new Set(['a', 'tag']);

const TODAY: readonly [string, string][] = [
  ['${inputs.params.a}', '$(params.a)'],
  ['$(inputs.params.a)', '$(params.a)'],
  ['${params.a}', '$(params.a)'],
  ['-t ${inputs.params.tag} $(inputs.params.a)', '-t $(params.tag) $(params.a)'],
  ['${inputs.resources.source.url}', '$(resources.inputs.source.url)'],
  ['$(outputs.resources.my-image.digest)', '$(resources.outputs.my-image.digest)'],
  ['docker://${outputs.resources.image.url}:x', 'docker://$(resources.outputs.image.url):x'],
  ['$(inputs.params.a[*])', '$(params.a[*])'],
  ['${inputs.params.a[0]}', '$(params.a[0])'],
];

for (const [before, after] of TODAY) {
  test(`${before} is ${after}`, () => {
    assert.equal(rewriteText(before, { braces: true, params: declared }), after);
  });
}

const LEFT_ALONE = [
  '${HOME}',
  '$HOME',
  '$(cat /var/run/secrets/kubernetes.io/serviceaccount/token)',
  '${x:-${y}}',
  '${inputs.params.}',
  '${inputs.params.0a}',
  '${inputs}',
  '$(inputs.other.a)',
  '${ inputs.params.a }',
  '$((1 + 2))',
  '${params.unknown}',
  '$(params.a)',
  '$(resources.inputs.source.url)',
  '$',
  '',
];

for (const text of LEFT_ALONE) {
  test(`${JSON.stringify(text)} stays as it is`, () => {
    assert.equal(rewriteText(text, { braces: true, params: declared }), text);
  });
}

test('braces are of Tekton before v0.7', () => {
  const text = '${inputs.params.a} $(inputs.params.a)';
  assert.equal(rewriteText(text, { braces: false }), '${inputs.params.a} $(params.a)');
});

test('scripts are younger than braces, and paths of the machine were never replaced', () => {
  const step = {
    script: 'console.log(`${inputs.params.a}`, "$(inputs.params.a)")',
    args: ['${inputs.params.a}'],
  };
  const volume = { hostPath: { path: '${inputs.params.a}' }, name: '${inputs.params.a}' };
  assert.deepEqual(rewriteAll([step, volume], { braces: true }), [
    { script: 'console.log(`${inputs.params.a}`, "$(params.a)")', args: ['$(params.a)'] },
    { hostPath: { path: '${inputs.params.a}' }, name: '$(params.a)' },
  ]);
});

test('members with the names of an object’s own are members', () => {
  const value = JSON.parse('{"__proto__": "${inputs.params.a}", "constructor": {"toString": "x"}}');
  const rewritten = JSON.stringify(rewriteAll(value, { braces: true }));
  assert.equal(rewritten, '{"__proto__":"$(params.a)","constructor":{"toString":"x"}}');
});

test('each text that changed is told', () => {
  const told: [string, string][] = [];
  const note = (before: string, after: string): void => void told.push([before, after]);
  rewriteAll({ env: [{ value: '${HOME}' }, { value: '${inputs.params.a}' }] }, { braces: true, note });
  assert.deepEqual(told, [['${inputs.params.a}', '$(params.a)']]);
});
