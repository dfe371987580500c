import { parseDuration } from '@slipway/core';
import { dnsLabelProblems, type Param, qualifiedNameProblems, type Sidecar, type Step } from '@slipway/kube';
import { cleanPath } from '../pod/folders.ts';
import { FieldErrors } from './field-errors.ts';
import { duplicates, quote } from './names.ts';
import { validateResults } from './results.ts';

/** Steps after the step template is merged into them; paths start with `steps`. */
export function validateSteps(steps: readonly Step[]): FieldErrors {
  const errors = new FieldErrors();
  const names = new Set<string>();
  for (const [index, step] of steps.entries()) {
    if (step.name && names.has(step.name)) errors.gotBoth(`steps[${index}].name`);
    names.add(step.name);
    errors.merge(`steps[${index}]`, validateStep(step));
    errors.merge(`steps[${index}].results`, validateResults(step.results ?? []));
  }
  return errors;
}

function validateStep(step: Step): FieldErrors {
  const errors = new FieldErrors();
  if (step.ref) validateStepWithRef(step, errors);
  else validateOwnStep(step, errors);
  if (step.name && dnsLabelProblems(step.name).length > 0) {
    errors.add(`invalid value ${quote(step.name)}`, 'name', STEP_NAME_RULE);
  }
  validateTimeout(step.timeout, errors);
  validateMounts(step, errors);
  const onError = step.onError ?? '';
  if (onError !== '' && !onError.startsWith('$(params') && !['continue', 'stopAndFail'].includes(onError)) {
    errors.add(`invalid value: "${onError}"`, 'onError', ON_ERROR_RULE);
  }
  if (step.script?.trimStart().startsWith('#!win')) {
    errors.add('windows script support is not available: steps run on Linux', 'script');
  }
  return errors.merge('', validateStepResultUse(step));
}

const STEP_NAME_RULE =
  'Task step name must be a valid DNS Label, For more info refer to https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#names';
const ON_ERROR_RULE = 'Task step onError must be either "continue" or "stopAndFail"';

function validateOwnStep(step: Step, errors: FieldErrors): void {
  if ((step.params ?? []).length > 0) errors.add('params cannot be used without Ref', 'params');
  if (!step.image) errors.missing('image');
  if (step.script && (step.command ?? []).length > 0) {
    errors.add('script cannot be used with command', 'script');
  }
}

const NOT_WITH_REF = [
  ['image', 'image'],
  ['command', 'command'],
  ['args', 'args'],
  ['script', 'script'],
  ['workingDir', 'working dir'],
  ['env', 'env'],
  ['volumeMounts', 'volumeMounts'],
  ['results', 'results'],
] as const;

function validateStepWithRef(step: Step, errors: FieldErrors): void {
  errors.merge('ref', validateRef(step.ref!));
  for (const [field, title] of NOT_WITH_REF) {
    const value = step[field];
    if (value !== undefined && value.length > 0) errors.add(`${title} cannot be used with Ref`, field);
  }
}

/** A reference to a Task or StepAction: by name, or through a resolver; paths are relative to it. */
export function validateRef(ref: { name?: string; resolver?: string; params?: Param[] }): FieldErrors {
  const errors = new FieldErrors();
  if (ref.resolver || ref.params) {
    if (ref.params && ref.name) errors.gotBoth('name', 'params');
    if (ref.params && !ref.resolver) errors.missing('resolver');
    for (const name of duplicates((ref.params ?? []).map((param) => param.name))) {
      errors.gotBoth(`params[${name}].name`);
    }
    if (ref.resolver && ref.name) errors.invalidValue('invalid URI for request', 'name');
    return errors;
  }
  if (!ref.name) return errors.missing('name');
  const problems = qualifiedNameProblems(ref.name);
  if (problems.length > 0) errors.invalidValue(problems.join(','), 'name');
  return errors;
}

function validateTimeout(timeout: string | undefined, errors: FieldErrors): void {
  if (timeout === undefined || timeout === '') return;
  try {
    if (parseDuration(timeout) < 0) errors.invalidValue(timeout, 'timeout', 'a timeout is not negative');
  } catch {
    errors.invalidValue(timeout, 'timeout', 'write a duration like 90s, 5m or 1h30m');
  }
}

function validateMounts(step: Step, errors: FieldErrors): void {
  for (const [index, { name, mountPath }] of (step.volumeMounts ?? []).entries()) {
    const path = cleanPath(mountPath ?? '');
    if (path.startsWith('/tekton/') && !path.startsWith('/tekton/home')) {
      errors.add(
        `volumeMount cannot be mounted under /tekton/ (volumeMount ${quote(name)} mounted at ${quote(mountPath)})`,
        `volumeMounts[${index}].mountPath`,
      );
    }
    if (name?.startsWith('tekton-internal-')) {
      errors.add(
        `volumeMount name ${quote(name)} cannot start with "tekton-internal-"`,
        `volumeMounts[${index}].name`,
      );
    }
  }
}

const STEP_RESULT = /\$\(steps\.([_a-zA-Z0-9.-]+)\.results\.([_a-zA-Z0-9.-]+)(\[([0-9]+|\*)\])?\)/;

/** The result of an earlier step is known only when the step starts: in env, command and args. */
function validateStepResultUse(step: Step): FieldErrors {
  const errors = new FieldErrors();
  const texts: [string, string | undefined][] = [
    ['name', step.name],
    ['image', step.image],
    ['script', step.script],
    ['imagePullPolicy', step.imagePullPolicy],
    ['workingDir', step.workingDir],
  ];
  for (const { prefix, configMapRef, secretRef } of step.envFrom ?? []) {
    texts.push(['envFrom.prefix', prefix], ['envFrom.configMapRef', configMapRef?.name]);
    texts.push(['envFrom.secretRef', secretRef?.name]);
  }
  for (const { name, mountPath, subPath } of step.volumeMounts ?? []) {
    texts.push(['volumeMounts.name', name], ['volumeMounts.mountPath', mountPath]);
    texts.push(['volumeMounts.subPath', subPath]);
  }
  for (const [path, text] of texts) {
    if (!STEP_RESULT.test(text ?? '')) continue;
    errors.add('stepResult substitutions are only allowed in env, command and args. Found usage in', path);
  }
  return errors;
}

/** Sidecars; paths start with `sidecars`. */
export function validateSidecars(sidecars: readonly Sidecar[]): FieldErrors {
  const errors = new FieldErrors();
  for (const [index, sidecar] of sidecars.entries()) {
    const path = `sidecars[${index}]`;
    if (!sidecar.image) errors.missing(`${path}.image`);
    if (sidecar.script && (sidecar.command ?? []).length > 0) {
      errors.add('script cannot be used with command', `${path}.script`);
    }
    if (sidecar.name === 'tekton-log-results') {
      errors.add(`Invalid: cannot use reserved sidecar name ${sidecar.name} `, `${path}.name`);
    }
  }
  return errors;
}
