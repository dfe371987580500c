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
 * has no credentials. Throws DOCKER_CONFIG, CREDENTIAL_HELPER.
 */
export function dockerConfigCredentials(file: string = defaultFile()): CredentialSource {
  return {
    async get(registry) {
      const config = await readConfig(file);
      return config && lookUp(config, registry, file);
    },
  };
}

function defaultFile(): string {
  return join(process.env.DOCKER_CONFIG || join(homedir(), '.docker'), 'config.json');
}

async function readConfig(file: string): Promise<JsonObject | undefined> {
  try {
    return parseJsonObject(await readFile(file), 'DOCKER_CONFIG', file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function lookUp(config: JsonObject, registry: string, file: string): Promise<Credentials | undefined> {
  const helpers = isObject(config.credHelpers) ? config.credHelpers : {};
  const key = registry === 'docker.io' ? HUB_KEY : registry;
  const helper = helpers[registry] ?? helpers[key];
  if (typeof helper === 'string') return askCredentialHelper(helper, key);
  const entry = isObject(config.auths) ? findEntry(config.auths, registry) : undefined;
  const found = entry && fromEntry(entry, registry, file);
  if (found) return found;
  if (typeof config.credsStore === 'string' && config.credsStore !== '') {
    return askCredentialHelper(config.credsStore, key);
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
    const text = Buffer.from(entry.auth, 'base64').toString('utf8').replace(/\0+$/, '');
    const colon = text.indexOf(':');
    if (colon > 0) return { username: text.slice(0, colon), password: text.slice(colon + 1) };
    throw new SlipwayError(
      'invalid',
      'DOCKER_CONFIG',
      `${file}: the "auth" of ${registry} is not base64 of user:password`,
    );
  }
  if (typeof entry.username === 'string' && typeof entry.password === 'string' && entry.username !== '') {
    return { username: entry.username, password: entry.password };
  }
  return undefined;
}
