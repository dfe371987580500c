import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type SecretValue, secretValue } from '@slipway/builder';
import { SlipwayError } from '@slipway/core';

const FIELDS: readonly string[] = ['id', 'src', 'source', 'env', 'type'];

/** The values of `--secret id=NAME,src=FILE`, `id=NAME,env=VARIABLE`, and `id=NAME`, which is the variable or the file of that name. Throws SECRET_INVALID. */
export async function readSecrets(
  specs: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Record<string, SecretValue>> {
  const found: Record<string, SecretValue> = {};
  for (const spec of specs) {
    const fields = new Map(
      spec.split(',').map((field): [string, string] => {
        const equals = field.indexOf('=');
        return equals < 0 ? [field, ''] : [field.slice(0, equals), field.slice(equals + 1)];
      }),
    );
    const unknown = [...fields.keys()].find((name) => !FIELDS.includes(name));
    const id = fields.get('id') ?? '';
    if (unknown !== undefined || id === '')
      throw invalid(id, unknown === undefined ? 'it has no id' : `it has no field "${unknown}"`);
    found[id] = await secretOf(id, fields, env);
  }
  return found;
}

async function secretOf(
  id: string,
  fields: ReadonlyMap<string, string>,
  env: NodeJS.ProcessEnv,
): Promise<SecretValue> {
  const file = fields.get('src') ?? fields.get('source');
  const isVariable = fields.get('type') === 'env' || (fields.has('env') && file === undefined);
  const variable = fields.get('env') ?? (isVariable || file === undefined ? (file ?? id) : undefined);
  if (variable !== undefined && env[variable] !== undefined) return env[variable];
  if (isVariable) throw invalid(id, `the variable ${variable} is not set`);
  const path = file ?? id;
  try {
    return secretValue(await readFile(path));
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    const more =
      file === undefined
        ? `neither a variable nor a file is called ${id}`
        : `${path} cannot be read (${code})`;
    throw invalid(id, more, cause);
  }
}

/** The values are nowhere in the message. */
function invalid(id: string, why: string, cause?: unknown): SlipwayError {
  const name = id === '' ? 'the secret' : `the secret "${id}"`;
  return new SlipwayError('usage', 'SECRET_INVALID', `${name}: ${why}`, {
    hint: 'write it like --secret id=npmrc,src=$HOME/.npmrc or --secret id=token,env=TOKEN',
    cause,
  });
}

/** The agents of `--ssh default`, `--ssh ID=SOCKET` and `--ssh ID=KEY,KEY`, by id. Throws SSH_INVALID. */
export function sshAgents(
  specs: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const spec of specs) {
    const equals = spec.indexOf('=');
    const id = equals < 0 ? spec : spec.slice(0, equals);
    const paths =
      equals < 0
        ? []
        : spec
            .slice(equals + 1)
            .split(',')
            .filter((path) => path !== '');
    const agent = env.SSH_AUTH_SOCK;
    if (id === '' || (paths.length === 0 && !agent)) {
      const why = id === '' ? 'it has no id' : 'SSH_AUTH_SOCK is not set, so there is no agent to forward';
      throw new SlipwayError('usage', 'SSH_INVALID', `--ssh ${spec}: ${why}`, {
        hint: 'start an agent (eval $(ssh-agent); ssh-add), or name a key: --ssh default=$HOME/.ssh/id_ed25519',
      });
    }
    found[id] = paths.length === 0 ? [agent!] : paths.map((path) => resolve(path));
  }
  return found;
}
