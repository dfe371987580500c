import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { SlipwayError } from '@slipway/core';
import { isObject, type JsonObject, parseJsonObject } from '../json-shape.ts';
import { askCredentialHelper } from './credential-helper.ts';
import type { CredentialSource, Credentials } from './credential-source.ts';

/** The name under which docker's tools keep the Docker Hub's credentials. */
const HUB_KEY = 'https://index.docker.io/v1/';

/**
 * Credentials of docker's config.json: `auths`, `credHelpers`, `credsStore`. The file is `$DOCKER_CONFIG/config.json` or
 * `~/.docker/config.json` by default, and is read anew each time, so that a mounted Secret may change. A missing file
 * has no credentials. Messages call the file `name`. Throws DOCKER_CONFIG, CREDENTIAL_HELPER.
 */
export function dockerConfigCredentials(file: string = defaultFile(), name: string = file): CredentialSource {
  return {
    async get(registry) {
      const config = await readConfig(file, name);
      return config && lookUp(config, registry, name);
    },
    async explain(registry) {
      const config = await readConfig(file, name);
      if (config === undefined) return `there is no ${name}`;
      if (await lookUp(config, registry, name)) return `those of ${registry} in ${name}`;
      const others = isObject(config.auths) ? Object.keys(config.auths) : [];
      const has = others.length === 0 ? 'has no "auths"' : `has "auths" for ${list(others)} only`;
      return `${name} has no credentials of ${registry} (it ${has})`;
    },
  };
}

function defaultFile(): string {
  return join(process.env.DOCKER_CONFIG || join(homedir(), '.docker'), 'config.json');
}

const list = (names: readonly string[]): string =>
  names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');

async function readConfig(file: string, name: string): Promise<JsonObject | undefined> {
  try {
    return parseJsonObject(await readFile(file), 'DOCKER_CONFIG', name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    if (!(error instanceof SlipwayError)) throw error;
    // Its cause quotes the text, which may be a password.
    throw new SlipwayError('invalid', 'DOCKER_CONFIG', error.message, {
      hint: `write {"auths": {"<registry>": {"auth": "<base64 of user:password>"}}} there; "docker login" and "slipway registry credentials" make such a file`,
    });
  }
}

async function lookUp(config: JsonObject, registry: string, file: string): Promise<Credentials | undefined> {
  const helpers = isObject(config.credHelpers) ? config.credHelpers : {};
  const key = registry === 'docker.io' ? HUB_KEY : registry;
  const helper = helpers[registry] ?? helpers[key];
  if (typeof helper === 'string') return askCredentialHelper(helper, key, `${file}, "credHelpers"`);
  const entry = isObject(config.auths) ? findEntry(config.auths, registry) : undefined;
  const found = entry && fromEntry(entry, registry, file);
  if (found) return found;
  if (typeof config.credsStore === 'string' && config.credsStore !== '') {
    return askCredentialHelper(config.credsStore, key, `${file}, "credsStore"`);
  }
  return undefined;
}

/** Keys may be a host, or a URL such as `https://host/v1/`. */
function findEntry(auths: JsonObject, registry: string): JsonObject | undefined {
  const names =
    registry === 'docker.io' ? ['docker.io', 'index.docker.io', 'registry-1.docker.io'] : [registry];
  const exact = names.map((name) => auths[name]).find(isObject);
  if (exact) return exact;
  const match = Object.entries(auths).find(([key]) => names.includes(hostOf(key)));
  return match && isObject(match[1]) ? match[1] : undefined;
}

function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, '').split('/')[0] ?? '';
}

function fromEntry(entry: JsonObject, registry: string, file: string): Credentials | undefined {
  if (typeof entry.identitytoken === 'string' && entry.identitytoken !== '') {
    return { identityToken: entry.identitytoken };
  }
  if (typeof entry.auth === 'string' && entry.auth !== '') {
    return fromAuth(entry.auth, registry, file);
  }
  if (typeof entry.username === 'string' && typeof entry.password === 'string' && entry.username !== '') {
    return { username: entry.username, password: entry.password };
  }
  return undefined;
}

/** Base64 of `user:password`, padded with NUL by some tools. */
function fromAuth(auth: string, registry: string, file: string): Credentials {
  const isBase64 = /^[\w+/-]+={0,2}$/.test(auth.replace(/\s/g, ''));
  const text = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = text.indexOf(':');
  if (isBase64 && colon > 0) return { username: text.slice(0, colon), password: text.slice(colon + 1) };
  const why = !isBase64
    ? 'it is not base64'
    : colon < 0
      ? 'there is no colon in it'
      : 'there is no user before the colon';
  throw new SlipwayError(
    'invalid',
    'DOCKER_CONFIG',
    `${file}: auths["${registry}"].auth is not base64 of user:password: ${why}`,
    { hint: 'make it with: printf %s "user:$PASSWORD" | base64 -w0' },
  );
}
