import { dnsSubdomainProblems, type Task, type TaskSpec } from '@slipway/kube';
import { mergeStepTemplate } from '../pod/step-template.ts';
import { FieldErrors } from './field-errors.ts';
import { quote } from './names.ts';
import { validateParamDeclarations, validateParamTypes, validateParamUse } from './params.ts';
import { validateResults } from './results.ts';
import { validateSidecars, validateSteps } from './steps.ts';
import { validateContext, validateResultReferences } from './variables.ts';
import { validateDeclaredWorkspaces, validateWorkspaceUse } from './workspaces.ts';

/** What is wrong with a Task, as Tekton's admission webhook says it (pkg/apis/pipeline/v1). */
export function validateTask(task: Task): FieldErrors {
  const spec = task.spec ?? {};
  const steps = spec.steps ?? [];
  return new FieldErrors()
    .merge('metadata', validateName(task.metadata?.name))
    .merge('spec', validateTaskSpec(spec))
    .merge('spec', validateParamUse(steps, spec.params ?? []));
}

/** A Task's name labels its pods, which limits it to 63 characters. The path is relative to metadata. */
export function validateName(name: string | undefined): FieldErrors {
  const errors = new FieldErrors();
  if (!name) return errors; // generateName: the server makes a valid one
  if (dnsSubdomainProblems(name).length > 0) {
    errors.add(`invalid resource name ${quote(name)}: must be a valid DNS label`, 'name');
  } else if (name.length > 63) {
    errors.add('Invalid resource name: length must be no more than 63 characters', 'name');
  }
  return errors;
}

/** The spec of a Task by itself, wherever it stands; a param that a run may bring is not asked for here. */
export function validateTaskSpec(spec: TaskSpec): FieldErrors {
  const steps = spec.steps ?? [];
  const params = spec.params ?? [];
  const errors = new FieldErrors();
  if (steps.length === 0) errors.missing('steps');
  return errors
    .merge('', validateVolumes(spec))
    .merge('', validateDeclaredWorkspaces(spec))
    .merge('', validateWorkspaceUse(spec))
    .merge('', validateSteps(mergeStepTemplate(steps, spec.stepTemplate)))
    .merge('', validateSidecars(spec.sidecars ?? []))
    .merge('', validateParamTypes(params))
    .merge('', validateParamDeclarations(steps, params))
    .merge('', validateContext(steps))
    .merge('', validateResultReferences(steps, spec.results ?? []))
    .merge('results', validateResults(spec.results ?? []));
}

function validateVolumes(spec: TaskSpec): FieldErrors {
  const errors = new FieldErrors();
  const names = new Set<string>();
  for (const [index, { name }] of (spec.volumes ?? []).entries()) {
    if (names.has(name)) {
      errors.add(`multiple volumes with same name ${quote(name)}`, `volumes[${index}].name`);
    }
    names.add(name);
  }
  return errors;
}
