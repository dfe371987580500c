import type { KubeObject, TektonCondition } from '@slipway/kube';
import { FieldErrors } from '../../validation/field-errors.ts';
import { validateParamUse } from '../../validation/params.ts';
import { validateName, validateTaskSpec } from '../../validation/task-spec.ts';
import { validateReferences } from '../../validation/variables.ts';
import { checkTask } from '../condition.ts';
import { jsonOf } from '../json.ts';
import { validateDeclarations } from './resource-lists.ts';
import { asWritten } from './written-paths.ts';

/** What is wrong with a Condition: what would be wrong with a Task whose only step is its check. */
export function validateCondition(object: KubeObject): FieldErrors {
  const condition = object as TektonCondition;
  const errors = new FieldErrors().merge('metadata', validateName(condition.metadata?.name));
  const written = jsonOf(condition.spec);
  if (Object.keys(written).length === 0) return errors.missing('spec');
  const rewritten = new Map<string, string>();
  const { spec, declared } = checkTask(condition, (before, after) => {
    rewritten.set(after, rewritten.get(before) ?? before);
  });
  const steps = spec.steps ?? [];
  const inputs = new Set((declared?.inputs ?? []).map(({ name }) => name));
  const ofTask = new FieldErrors()
    .merge('', validateTaskSpec(spec))
    .merge('', validateParamUse(steps, spec.params ?? []))
    .merge('', validateReferences(steps, 'resources.inputs', inputs));
  errors.merge('spec.resources', validateDeclarations(written.resources));
  return asWritten(errors.merge('spec', ofCheck(ofTask)), object, rewritten);
}

/** The problems of the Task by the fields of the Condition. */
function ofCheck({ problems }: FieldErrors): FieldErrors {
  const errors = new FieldErrors();
  for (const { message, paths, details } of problems) {
    const own = paths.map((path) =>
      path.replace(/^steps\[0\]/, 'check').replace(/^check\.computeResources\b/, 'check.resources'),
    );
    errors.add(message, own, details);
  }
  return errors;
}
