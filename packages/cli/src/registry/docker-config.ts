import { spawn } from 'node:child_process';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { SlipwayError } from '@slipway/core';

export interface Login {
  readonly username: string;
  readonly password: string;
}

interface DockerConfig {
  auths?: Record<string, unknown>;
  credsStore?: string;
  credHelpers?: Record<string, string>;
}

/** `$DOCKER_CONFIG/config.json`, else `~/.docker/config.json`: docker, podman, skopeo, buildah, crane and kaniko read it. */
export function dockerConfigFile(folder: string | undefined): string {
  return join(folder ?? (process.env.DOCKER_CONFIG || join(homedir(), '.docker')), 'config.json');
}

/** The text of a config.json that lets in at these registries. */
export function dockerConfig(hosts: readonly string[], login: Login): string {
  const auth = encode(login);
  return JSON.stringify({ auths: Object.fromEntries(hosts.map((host) => [host, { auth }])) });
}

/**
 * Keeps the login for a registry where docker keeps it: in its credential helper, if it has one, else in the file (mode 0600),
 * whose other contents stay. Returns where that was. Throws DOCKER_CONFIG, CREDENTIAL_HELPER.
 */
export async function storeLogin(file: string, host: string, login: Login): Promise<string> {
  const config = await readConfig(file);
  const helper = config.credHelpers?.[host] ?? config.credsStore;
  if (helper) {
    await storeInHelper(helper, host, login);
    return `docker-credential-${helper}`;
  }
  const auths = { ...config.auths, [host]: { auth: encode(login) } };
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.slipway`, `${JSON.stringify({ ...config, auths }, undefined, '\t')}\n`, {
    mode: 0o600,
  });
  await rename(`${file}.slipway`, file);
  return file;
}

function encode({ username, password }: Login): string {
  return Buffer.from(`${username}:${password}`).toString('base64');
}

async function readConfig(file: string): Promise<DockerConfig> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as DockerConfig;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new SlipwayError('invalid', 'DOCKER_CONFIG', `${file} is not a JSON object`, {
    hint: 'repair it or move it away',
  });
}

/** The protocol of github.com/docker/docker-credential-helpers: `store` reads the login as JSON. */
function storeInHelper(name: string, host: string, { username, password }: Login): Promise<void> {
  const command = `docker-credential-${name}`;
  return new Promise((resolve, reject) => {
    const failed = (why: string): void =>
      reject(
        new SlipwayError('failed', 'CREDENTIAL_HELPER', `the credential helper ${command} failed: ${why}`),
      );
    const child = spawn(command, ['store'], { stdio: ['pipe', 'ignore', 'ignore'] });
    child.once('error', (error) => failed(error.message));
    child.once('close', (code) => (code === 0 ? resolve() : failed(`it exited with ${code}`)));
    child.stdin.on('error', () => {}); // a helper that does not read shows in its exit code
    child.stdin.end(JSON.stringify({ ServerURL: host, Username: username, Secret: password }));
  });
}
