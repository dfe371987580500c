import { visitText, YAMLMap, YAMLSeq, type YamlNode } from '@slipway/kube';
import { append, mapAt, mapsAt, put, rename, take, textAt } from './nodes.ts';
import type { Report } from './report.ts';
import { convertTaskSpec } from './task-spec.ts';

/** The result in which the Task of a Condition says `true` or `false`. */
export const PASSED = 'passed';

const DEFAULT_NAME = 'check';
/** A small image with a shell, for the step that tells how the check ended. */
const SHELL_IMAGE = 'docker.io/library/busybox';

/**
 * Turns a Condition into a Task, in place: it runs the check, whatever comes of it, and says in a result whether that ended
 * with 0. Its Pipeline runs the task in question `when` it did.
 */
export function convertCondition(root: YAMLMap, report: Report): void {
  put(root, 'kind', 'Task');
  const spec = mapAt(root, 'spec');
  const check = mapAt(spec, 'check');
  if (!spec || !check) {
    report.problem('the Condition has no check', root);
    return;
  }
  const resources = take(spec, 'resources');
  if (resources) {
    const inputs = new YAMLMap();
    inputs.items.push(resources);
    put(spec, 'inputs', inputs, ['params', 'description']);
    const names = mapsAt(inputs, 'resources').map((each) => textAt(each, 'name') ?? '');
    qualifyResources(check, names);
  }
  if (!textAt(check, 'name')) put(check, 'name', DEFAULT_NAME, ['']);
  const name = textAt(check, 'name') ?? DEFAULT_NAME;
  put(check, 'onError', 'continue');
  rename(spec, 'check', 'steps');
  const steps = new YAMLSeq();
  steps.items.push(check);
  put(spec, 'steps', steps);
  convertTaskSpec(spec, report);
  const result = { name: PASSED, description: 'Whether the check ended with 0: true or false.' };
  append(spec, 'results', [result], ['workspaces', 'params', 'description']);
  append(spec, 'steps', [reportStep(name)]);
}

function reportStep(check: string): object {
  return {
    name: check === 'report' ? 'tell' : 'report',
    image: SHELL_IMAGE,
    script: `#!/bin/sh
if [ "$(cat "$(steps.step-${check}.exitCode.path)")" = 0 ]; then
  printf true
else
  printf false
fi >"$(results.${PASSED}.path)"
`,
  };
}

const RESOURCE = /(\$[({])(resources\.([_a-zA-Z][_a-zA-Z0-9.-]*))/g;

/** `$(resources.r.key)` of a Condition is `$(inputs.resources.r.key)` of a Task. */
function qualifyResources(node: YamlNode, names: readonly string[]): void {
  visitText(node, (scalar) => {
    const text = scalar.value.replace(RESOURCE, (found, open: string, whole: string, path: string) =>
      names.some((name) => path.startsWith(`${name}.`)) ? `${open}inputs.${whole}` : found,
    );
    if (text !== scalar.value) scalar.value = text;
  });
}
