// Servers for the unit tests of this package: in process, each with a folder of its own.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLogger } from '@slipway/core';
import type { ConfigMap, KubeObject, Pod } from '@slipway/kube';
import { ApiServer, type ApiServerOptions } from './api-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-apiserver-'));
after(() => rmSync(folder, { recursive: true }));

let folders = 0;
/** Options for a server of its own folder, that listens nowhere. */
export function optionsOf(more: Partial<ApiServerOptions> = {}): ApiServerOptions {
  folders += 1;
  const stateDir = join(folder, String(folders));
  const tls = { cert: '', key: '', ca: 'the authority' };
  return {
    stateDir,
    listen: [],
    tls,
    issuerKeyFile: join(stateDir, 'issuer.pem'),
    logger: silentLogger,
    ...more,
  };
}

/** Starts a server, uses it in process, and closes it. */
export async function withServer(
  use: (server: ApiServer) => Promise<void>,
  more?: Partial<ApiServerOptions>,
): Promise<void> {
  const server = await ApiServer.start(optionsOf(more));
  try {
    await use(server);
  } finally {
    await server.close();
  }
}

export function configMap(name: string, more: Partial<KubeObject['metadata']> = {}): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default', ...more },
    data: { a: '1' },
  };
}

export function pod(name: string, spec: Partial<Pod['spec']> = {}): Pod {
  const metadata = { name, namespace: 'default' };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: { containers: [{ name: 'c', image: 'busybox' }], ...spec },
  };
}

/** Looks until it is so, for a second at most. */
export async function eventually(look: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await look()) return;
    await sleep(5);
  }
  assert.fail('it did not happen');
}
