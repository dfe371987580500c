import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { SlipwayError } from '@slipway/core';
import { parse } from 'yaml';
import { isObject, type JsonObject } from '../json/value.ts';
import type { HttpKubeClientOptions } from './http-client.ts';

/** Which kubeconfig and which of its contexts. */
export interface KubeconfigOptions {
  /** Default: `$KUBECONFIG` (its first file that exists), then `~/.kube/config`. */
  readonly path?: string | undefined;
  /** Default: the file's current-context. */
  readonly context?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** A context of a kubeconfig, ready for HttpKubeClient. */
export interface LoadedKubeconfig extends HttpKubeClientOptions {
  /** The namespace of the context, or `default`. */
  readonly namespace: string;
  readonly context: string;
}

interface Kubeconfig {
  readonly file: string;
  readonly content: JsonObject;
}

/**
 * How to reach the cluster of a kubeconfig context: server, CA, and token, client certificate or `exec` plugin. Throws
 * KUBECONFIG_MISSING or KUBECONFIG_INVALID.
 */
export async function loadKubeconfig(options: KubeconfigOptions = {}): Promise<LoadedKubeconfig> {
  const config = await readKubeconfig(options);
  const name = options.context ?? text(config.content['current-context']);
  if (!name) throw invalid(config, 'it has no current-context', 'name one with --context');
  const context = entry(config, 'contexts', 'context', name);
  const cluster = entry(config, 'clusters', 'cluster', text(context.cluster) ?? '');
  const user = context.user ? entry(config, 'users', 'user', text(context.user) ?? '') : {};
  const server = text(cluster.server);
  if (!server) throw invalid(config, `cluster "${text(context.cluster)}" has no server`);
  const ca = await material(config, cluster, 'certificate-authority');
  return {
    server,
    ...(ca === undefined ? {} : { ca }),
    ...(cluster['insecure-skip-tls-verify'] === true ? { insecure: true } : {}),
    ...(await credentials(config, user, options.env ?? process.env)),
    namespace: text(context.namespace) ?? 'default',
    context: name,
  };
}

async function readKubeconfig({ path, env = process.env }: KubeconfigOptions): Promise<Kubeconfig> {
  const candidates = path ? [path] : env.KUBECONFIG ? env.KUBECONFIG.split(':').filter(Boolean) : [];
  if (candidates.length === 0) candidates.push(join(env.HOME ?? homedir(), '.kube/config'));
  for (const file of candidates) {
    const content = await readIfPresent(file);
    if (content !== undefined) return parseKubeconfig(file, content);
  }
  throw new SlipwayError('not-found', 'KUBECONFIG_MISSING', `no kubeconfig at ${candidates.join(', ')}`, {
    hint: 'start a control plane with: slipway up',
  });
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parseKubeconfig(file: string, content: string): Kubeconfig {
  let value: unknown;
  try {
    value = parse(content, { version: '1.1' });
  } catch (cause) {
    // The parser's message shows the lines around the error, which may hold a token.
    throw new SlipwayError('invalid', 'KUBECONFIG_INVALID', `${file} is not YAML`, {
      place: { file },
      cause,
    });
  }
  if (!isObject(value)) throw invalid({ file, content: {} }, 'it is not an object');
  return { file, content: value };
}

function invalid({ file }: Kubeconfig, why: string, hint?: string): SlipwayError {
  return new SlipwayError('invalid', 'KUBECONFIG_INVALID', `${file}: ${why}`, { place: { file }, hint });
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The named entry of a list such as `contexts: [{name, context: {…}}]`. */
function entry(config: Kubeconfig, list: string, member: string, name: string): JsonObject {
  const entries = config.content[list];
  const found = (Array.isArray(entries) ? entries : []).filter(isObject).find((item) => item.name === name);
  const value = found?.[member];
  if (!isObject(value)) throw invalid(config, `it has no ${member} "${name}"`);
  return value;
}

/** PEM that is given in base64 (`<name>-data`) or as a file relative to the kubeconfig. */
async function material(config: Kubeconfig, from: JsonObject, name: string): Promise<string | undefined> {
  const data = text(from[`${name}-data`]);
  if (data) return Buffer.from(data, 'base64').toString('utf8');
  const file = text(from[name]);
  return file ? await readFile(resolve(dirname(config.file), file), 'utf8') : undefined;
}

type Credentials = Pick<HttpKubeClientOptions, 'token' | 'clientCert'>;

async function credentials(
  config: Kubeconfig,
  user: JsonObject,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Credentials> {
  const cert = await material(config, user, 'client-certificate');
  const key = await material(config, user, 'client-key');
  const clientCert = cert && key ? { clientCert: { cert, key } } : {};
  const token = text(user.token);
  if (token) return { ...clientCert, token };
  const tokenFile = text(user.tokenFile);
  if (tokenFile) {
    // Read for each request: who mounts the file renews it.
    const file = resolve(dirname(config.file), tokenFile);
    return { ...clientCert, token: async () => (await readFile(file, 'utf8')).trim() };
  }
  if (isObject(user.exec)) return { ...clientCert, token: execToken(user.exec, env) };
  return clientCert;
}

const RENEW_BEFORE_MS = 60_000;

/** Asks a credential plugin for a token, and again shortly before that expires. */
function execToken(
  exec: JsonObject,
  env: Readonly<Record<string, string | undefined>>,
): () => Promise<string> {
  let current: { token: string; expires: number } | undefined;
  return async () => {
    if (current && Date.now() < current.expires - RENEW_BEFORE_MS) return current.token;
    current = await runPlugin(exec, env);
    return current.token;
  };
}

async function runPlugin(
  exec: JsonObject,
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ token: string; expires: number }> {
  const command = text(exec.command) ?? '';
  const args = Array.isArray(exec.args) ? exec.args.map(String) : [];
  const extra = (Array.isArray(exec.env) ? exec.env : []).filter(isObject);
  const request = { apiVersion: exec.apiVersion, kind: 'ExecCredential', spec: { interactive: false } };
  const variables = {
    ...env,
    KUBERNETES_EXEC_INFO: JSON.stringify(request),
    ...Object.fromEntries(extra.map((variable) => [String(variable.name), String(variable.value)])),
  };
  try {
    const { stdout } = await promisify(execFile)(command, args, { env: variables });
    const { status } = JSON.parse(stdout) as { status: { token: string; expirationTimestamp?: string } };
    const expires = status.expirationTimestamp ? Date.parse(status.expirationTimestamp) : Infinity;
    return { token: status.token, expires };
  } catch (cause) {
    throw new SlipwayError('unauthenticated', 'KUBECONFIG_EXEC', `the credential plugin ${command} failed`, {
      cause,
    });
  }
}
