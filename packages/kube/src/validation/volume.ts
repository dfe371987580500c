import {
  duplicateField,
  type FieldError,
  fieldPath,
  forbiddenField,
  invalidField,
  requiredField,
} from '../field-error.ts';
import { dnsLabelProblems } from '../names.ts';
import type { KeyToPath, Volume } from '../objects/volume.ts';

/** What is wrong with a pod's volumes: names, sources, and paths that would lead out of the volume. */
export function validateVolumes(volumes: readonly Volume[], path: string): FieldError[] {
  const seen = new Set<string>();
  return volumes.flatMap((volume, index) => {
    const at = fieldPath(path, index);
    const twice = seen.has(volume.name) ? [duplicateField(`${at}.name`, volume.name)] : [];
    seen.add(volume.name);
    return [
      ...twice,
      ...dnsLabelProblems(volume.name).map((problem) => invalidField(`${at}.name`, volume.name, problem)),
      ...validateSource(volume, at),
    ];
  });
}

function validateSource(volume: Volume, at: string): FieldError[] {
  const [first, ...more] = Object.keys(volume).filter((name) => name !== 'name');
  if (first === undefined) return [requiredField(at, 'must specify a volume type')];
  const { hostPath, secret, configMap, downwardAPI, projected } = volume;
  return [
    ...more.map((name) => forbiddenField(`${at}.${name}`, 'may not specify more than 1 volume type')),
    ...(hostPath ? noBacksteps(hostPath.path, `${at}.hostPath.path`) : []),
    ...validateItems(secret?.items, `${at}.secret.items`),
    ...validateItems(configMap?.items, `${at}.configMap.items`),
    ...(downwardAPI?.items ?? []).flatMap(({ path }, index) =>
      localPath(path, `${at}.downwardAPI.items[${index}].path`),
    ),
    ...(projected?.sources ?? []).flatMap((source, index) => {
      const below = `${at}.projected.sources[${index}]`;
      const token = source.serviceAccountToken;
      return [
        ...validateItems(source.secret?.items, `${below}.secret.items`),
        ...validateItems(source.configMap?.items, `${below}.configMap.items`),
        ...(token ? localPath(token.path, `${below}.serviceAccountToken.path`) : []),
      ];
    }),
  ];
}

function validateItems(items: readonly KeyToPath[] | undefined, path: string): FieldError[] {
  return (items ?? []).flatMap((item, index) => localPath(item.path, `${path}[${index}].path`));
}

/** What is wrong with a path that must stay inside a volume. */
export function localPath(value: string, field: string): FieldError[] {
  if (value.startsWith('/')) return [invalidField(field, value, 'must be a relative path')];
  return noBacksteps(value, field);
}

function noBacksteps(value: string, field: string): FieldError[] {
  const leaves = value.split('/').includes('..');
  return leaves ? [invalidField(field, value, "must not contain '..'")] : [];
}
