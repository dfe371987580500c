import { type FieldError, fieldPath, invalidField, requiredField, tooLongField } from '../field-error.ts';
import type { ConfigMap, Secret } from '../objects/core-v1.ts';

const MAX_BYTES = 1 << 20;
const KEY_RULE =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or " +
  "'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

/** The keys that a Secret of a type must have. */
const TYPE_KEYS: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};

/** What is wrong with a ConfigMap's keys and size. */
export function validateConfigMap({ data = {}, binaryData = {} }: ConfigMap): FieldError[] {
  return [
    ...validateKeys(data, 'data'),
    ...validateKeys(binaryData, 'binaryData'),
    ...validateSize([...Object.values(data), ...Object.values(binaryData)]),
  ];
}

/** What is wrong with a Secret's keys and size, and with the data that its type wants. */
export function validateSecret({ type = 'Opaque', data = {}, metadata }: Secret): FieldError[] {
  const missing = (TYPE_KEYS[type] ?? []).filter((key) => !Object.hasOwn(data, key));
  const account = 'kubernetes.io/service-account.name';
  const unnamed = type === 'kubernetes.io/service-account-token' && !metadata.annotations?.[account];
  const basic = type === 'kubernetes.io/basic-auth' && !('username' in data) && !('password' in data);
  return [
    ...validateKeys(data, 'data'),
    ...validateSize(Object.values(data)),
    ...missing.map((key) => requiredField(fieldPath('data', key))),
    ...(unnamed ? [requiredField(fieldPath('metadata.annotations', account))] : []),
    ...(basic ? [requiredField('data[username]'), requiredField('data[password]')] : []),
  ];
}

function validateKeys(data: Readonly<Record<string, string>>, path: string): FieldError[] {
  return Object.keys(data).flatMap((key) =>
    keyProblems(key).map((why) => invalidField(`${path}[${key}]`, key, why)),
  );
}

/** Keys become file names: none may lead out of its folder. */
function keyProblems(key: string): string[] {
  if (key.length > 253) return ['must be no more than 253 characters'];
  if (key === '.') return ["must not be '.'"];
  if (key.startsWith('..')) return ["must not start with '..'"];
  return /^[-._a-zA-Z0-9]+$/.test(key) ? [] : [KEY_RULE];
}

function validateSize(values: readonly string[]): FieldError[] {
  const bytes = values.reduce((sum, value) => sum + Buffer.byteLength(value), 0);
  return bytes > MAX_BYTES ? [tooLongField('data', MAX_BYTES)] : [];
}
