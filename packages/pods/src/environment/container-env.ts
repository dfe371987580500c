import type { Container, EnvFromSource, EnvVar, Pod } from '@slipway/kube';
import { ConfigProblem } from '../container/config-problem.ts';
import type { ConfigLookup } from '../container/lookup.ts';
import type { ServiceAddresses } from '../runner-options.ts';
import { keysOf } from '../volumes/volume-files.ts';
import { expandVariables } from './expand.ts';
import { fieldValue } from './field-ref.ts';
import { resourceValue } from './resource-field.ts';

export interface EnvironmentParts {
  readonly pod: Pod;
  readonly container: Container;
  readonly services: ServiceAddresses;
  readonly address: string;
  readonly lookup: ConfigLookup;
}

/**
 * The variables that the pod gives a container, in order: services, envFrom, env; a later one of the same name wins, and
 * `$(NAME)` sees the earlier ones. Throws ConfigProblem for a missing ConfigMap, Secret or key.
 */
export async function containerEnvironment(parts: EnvironmentParts): Promise<Map<string, string>> {
  const variables = new Map(Object.entries(parts.services.env));
  for (const source of parts.container.envFrom ?? []) await addAll(variables, source, parts.lookup);
  for (const variable of parts.container.env ?? []) {
    const value = await variableValue(variable, variables, parts);
    if (value !== undefined) variables.set(variable.name, value);
  }
  return variables;
}

async function addAll(
  variables: Map<string, string>,
  source: EnvFromSource,
  lookup: ConfigLookup,
): Promise<void> {
  const { configMapRef, secretRef, prefix = '' } = source;
  const found = configMapRef
    ? await lookup.configMap(configMapRef.name ?? '', configMapRef.optional)
    : await lookup.secret(secretRef?.name ?? '', secretRef?.optional);
  for (const [key, value] of found ?? []) variables.set(`${prefix}${key}`, value.toString('utf8'));
}

async function variableValue(
  variable: EnvVar,
  variables: ReadonlyMap<string, string>,
  parts: EnvironmentParts,
): Promise<string | undefined> {
  const source = variable.valueFrom;
  if (!source) return expandVariables(variable.value ?? '', variables);
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = source;
  if (fieldRef) {
    const value = fieldValue(parts.pod, fieldRef.fieldPath, parts.address);
    if (value === undefined)
      throw new ConfigProblem(`env ${variable.name}: unknown field "${fieldRef.fieldPath}"`);
    return value;
  }
  if (resourceFieldRef) return resourceValue(parts.pod, parts.container, resourceFieldRef);
  const selector = configMapKeyRef ?? secretKeyRef;
  if (!selector) throw new ConfigProblem(`env ${variable.name}: valueFrom names no source`);
  const [kind, found] = configMapKeyRef
    ? ['configmap', await parts.lookup.configMap(selector.name ?? '', selector.optional)]
    : ['secret', await parts.lookup.secret(selector.name ?? '', selector.optional)];
  const data = found as ReadonlyMap<string, Buffer> | undefined;
  const value = data?.get(selector.key);
  if (value === undefined && !selector.optional) {
    throw new ConfigProblem(
      `env ${variable.name}: couldn't find key ${selector.key} in ${kind} ${selector.name} (${keysOf(data)})`,
    );
  }
  return value?.toString('utf8');
}
