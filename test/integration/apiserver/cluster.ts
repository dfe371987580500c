import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiServer, type ApiServerOptions, type UserInfo } from '@slipway/apiserver';
import { silentLogger } from '@slipway/core';
import { selfSignedCertificate, temporaryFolder } from '@slipway/testkit';

/** What a program wrote, and how it ended. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export const ADMIN_TOKEN = 'the-token-of-the-administrator';
const ADMIN: UserInfo = { username: 'admin', groups: ['system:masters'] };

/** An API server with a kubeconfig, for tests of real clients. */
export interface Cluster extends AsyncDisposable {
  readonly server: ApiServer;
  readonly url: string;
  readonly ca: string;
  readonly folder: string;
  /** Runs kubectl to its end; `input` is its standard input. */
  kubectl(args: readonly string[], options?: { input?: string; program?: string }): Promise<Outcome>;
  /** Starts a kubectl that goes on until it is killed. */
  start(args: readonly string[]): ChildProcess;
  /** Writes a file that kubectl can read. */
  file(name: string, text: string): Promise<string>;
}

export async function startCluster(options: Partial<ApiServerOptions> = {}): Promise<Cluster> {
  const folder = temporaryFolder();
  const { cert, key } = await selfSignedCertificate(['127.0.0.1', 'localhost']);
  const server = await ApiServer.start({
    stateDir: folder.join('state'),
    listen: [{ host: '127.0.0.1', port: 0 }],
    tls: { cert, key, ca: cert },
    issuerKeyFile: folder.join('issuer.pem'),
    staticTokens: [{ token: ADMIN_TOKEN, user: ADMIN }],
    logger: silentLogger,
    ...options,
  });
  const url = server.urls[0]!;
  await writeFile(folder.join('kubeconfig'), kubeconfig(url, cert, ADMIN_TOKEN));
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: folder.path,
    KUBECACHEDIR: folder.join('cache'),
    KUBECONFIG: folder.join('kubeconfig'),
  };
  const start = (args: readonly string[], program = 'kubectl'): ChildProcess =>
    spawn(program, args, { env, cwd: folder.path, stdio: ['pipe', 'pipe', 'pipe'] });
  return {
    server,
    url,
    ca: cert,
    folder: folder.path,
    kubectl: (args, { input = '', program } = {}) => outcome(start(args, program), input),
    start: (args) => start(args),
    file: async (name, text) => {
      await writeFile(join(folder.path, name), text);
      return join(folder.path, name);
    },
    [Symbol.asyncDispose]: async () => {
      await server.close();
      folder[Symbol.dispose]();
    },
  };
}

function outcome(child: ChildProcess, input: string): Promise<Outcome> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdin?.end(input);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

function kubeconfig(server: string, ca: string, token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [
      { name: 'test', cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } },
    ],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin', namespace: 'default' } }],
  });
}
