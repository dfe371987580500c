import { type FieldError, fieldPath, invalidField, notFoundField, requiredField } from '../field-error.ts';
import { dnsLabelProblems } from '../names.ts';
import type { Container, EnvVar, ResourceRequirements, VolumeMount } from '../objects/container.ts';
import { parseQuantity } from '../quantity.ts';
import { localPath } from './volume.ts';

const MAX_PORT = 65_535;
const ENV_SOURCES = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef'];

/** What is wrong with a container of a pod that has these volumes. */
export function validateContainer(
  container: Container,
  volumes: ReadonlySet<string>,
  path: string,
): FieldError[] {
  const { name, image = '', env = [], ports = [], volumeMounts = [], resources = {} } = container;
  return [
    ...dnsLabelProblems(name).map((problem) => invalidField(`${path}.name`, name, problem)),
    ...validateImage(image, `${path}.image`),
    ...env.flatMap((variable, index) => validateVariable(variable, `${path}.env[${index}]`)),
    ...ports.flatMap(({ containerPort }, index) =>
      validatePort(containerPort, `${path}.ports[${index}].containerPort`),
    ),
    ...validateMounts(volumeMounts, volumes, `${path}.volumeMounts`),
    ...validateResources(resources, `${path}.resources`),
  ];
}

function validateImage(image: string, field: string): FieldError[] {
  if (image === '') return [requiredField(field)];
  const padded = image.trim() !== image;
  return padded ? [invalidField(field, image, 'must not have leading or trailing whitespace')] : [];
}

function validateVariable({ name, value, valueFrom }: EnvVar, path: string): FieldError[] {
  const errors = /[=\0]/.test(name)
    ? [invalidField(`${path}.name`, name, "a valid environment variable name must not contain '='")]
    : [];
  if (!valueFrom) return errors;
  const sources = Object.keys(valueFrom);
  const field = `${path}.valueFrom`;
  if (value) errors.push(invalidField(field, '', 'may not be specified when `value` is not empty'));
  if (sources.length === 0) {
    const names = ENV_SOURCES.map((source) => `\`${source}\``).join(', ');
    errors.push(invalidField(field, '', `must specify one of: ${names}`));
  } else if (sources.length > 1) {
    errors.push(invalidField(field, '', 'may not have more than one field specified at a time'));
  }
  return errors;
}

function validatePort(port: number, field: string): FieldError[] {
  const fits = port >= 1 && port <= MAX_PORT;
  return fits ? [] : [invalidField(field, port, `must be between 1 and ${MAX_PORT}, inclusive`)];
}

function validateMounts(
  mounts: readonly VolumeMount[],
  volumes: ReadonlySet<string>,
  path: string,
): FieldError[] {
  const seen = new Set<string>();
  return mounts.flatMap(({ name, mountPath, subPath = '' }, index) => {
    const at = fieldPath(path, index);
    const errors = localPath(subPath, `${at}.subPath`);
    if (!volumes.has(name)) errors.push(notFoundField(`${at}.name`, name));
    if (seen.has(mountPath)) errors.push(invalidField(`${at}.mountPath`, mountPath, 'must be unique'));
    seen.add(mountPath);
    return errors;
  });
}

function validateResources({ limits = {}, requests = {} }: ResourceRequirements, path: string): FieldError[] {
  return Object.entries(requests).flatMap(([name, request]) => {
    const limit = limits[name];
    if (limit === undefined || parseQuantity(request) <= parseQuantity(limit)) return [];
    return [
      invalidField(
        `${path}.requests`,
        String(request),
        `must be less than or equal to ${name} limit of ${limit}`,
      ),
    ];
  });
}
