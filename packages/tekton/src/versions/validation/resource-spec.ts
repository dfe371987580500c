import type { PipelineResource, PipelineResourceSpec } from '@slipway/kube';
import { FieldErrors } from '../../validation/field-errors.ts';
import { validateName } from '../../validation/task-spec.ts';
import { RESOURCE_TYPES, type ResourceKind } from '../annotations.ts';

/** What is wrong with a PipelineResource, as Tekton's webhook said it. */
export function validatePipelineResource({ metadata, spec }: PipelineResource): FieldErrors {
  return new FieldErrors()
    .merge('metadata', validateName(metadata?.name))
    .merge('spec', validateResourceSpec(spec ?? {}));
}

/** What is wrong with a PipelineResource's spec, wherever it stands; paths are relative to it. */
export function validateResourceSpec(spec: Partial<PipelineResourceSpec>): FieldErrors {
  const errors = new FieldErrors();
  if (!spec.type) return errors.missing('type');
  if (!isResourceKind(spec.type)) return unknownType(errors, spec.type, 'type');
  RULES[spec.type](spec, errors);
  return errors;
}

/** Adds the error of a type that there is not. */
export function unknownType(errors: FieldErrors, type: string, path: string): FieldErrors {
  return errors.invalidValue(type, path, `a resource is one of ${RESOURCE_TYPES.join(', ')}`);
}

/** Whether there is such a type of resource. */
export function isResourceKind(type: string): type is ResourceKind {
  return (RESOURCE_TYPES as readonly string[]).includes(type);
}

type Rule = (spec: Partial<PipelineResourceSpec>, errors: FieldErrors) => void;

const RULES: Readonly<Record<ResourceKind, Rule>> = {
  git: needs('url'),
  image: () => {},
  storage(spec, errors) {
    needs('type', 'location')(spec, errors);
    const type = paramOf(spec, 'type');
    if (type && !STORAGE_TYPES.includes(type)) {
      errors.invalidValue(type, 'params.type', `a storage is one of ${STORAGE_TYPES.join(', ')}`);
    }
  },
  cluster: validateCluster,
  pullRequest(spec, errors) {
    needs('url')(spec, errors);
    for (const [index, { fieldName }] of (spec.secrets ?? []).entries()) {
      if (TOKEN_FIELDS.includes(fieldName)) continue;
      const path = `secrets[${index}].fieldName`;
      errors.invalidValue(
        `invalid field name "${fieldName}" in secret parameter. Expected "authToken"`,
        path,
      );
    }
  },
  cloudEvent: needs('targetURI'),
};

const STORAGE_TYPES = ['gcs', 'build-gcs'];
/** `githubToken` before v0.9. */
const TOKEN_FIELDS = ['authToken', 'githubToken'];

function needs(...names: string[]): Rule {
  return (spec, errors) => {
    for (const name of names) if (!has(spec, name)) errors.missing(`params.${name}`);
  };
}

/** One way to say who one is, and the authority of the server unless it is not to be checked (v0.31's rules). */
function validateCluster(spec: Partial<PipelineResourceSpec>, errors: FieldErrors): void {
  needs('url')(spec, errors);
  const url = paramOf(spec, 'url');
  if (url && !URL.canParse(url)) errors.invalidValue(url, 'params.url', 'an absolute URL is wanted');
  const hasCertificate = has(spec, 'clientKeyData') && has(spec, 'clientCertificateData');
  if (!hasCertificate && !['username', 'cadata', 'token'].some((name) => has(spec, name))) {
    errors.missing('params.username or cadata or token or clientKeyData and clientCertificateData');
  }
  const isInsecure = /^(1|t|true)$/i.test(paramOf(spec, 'insecure') ?? '');
  if (!has(spec, 'cadata') && !isInsecure) errors.missing('params.cadata');
}

function paramOf({ params = [] }: Partial<PipelineResourceSpec>, name: string): string | undefined {
  return params.findLast((param) => sameName(param.name, name))?.value;
}

/** Whether a param or a Secret gives a field. */
function has(spec: Partial<PipelineResourceSpec>, name: string): boolean {
  return Boolean(paramOf(spec, name)) || (spec.secrets ?? []).some((each) => sameName(each.fieldName, name));
}

const sameName = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
