import { readFile } from 'node:fs/promises';
import { SlipwayError } from '@slipway/core';
import { findRunning } from './lock.ts';
import { type StateFolder, stateFolder } from './state-folder.ts';
import { writeWholeFile } from './whole-file.ts';

/** Writes the kubeconfig of the administrator (mode 0600), whole or not at all. */
export async function writeKubeconfig(
  folder: StateFolder,
  o: { api: string; ca: string; token: string },
): Promise<void> {
  const { stringifyYaml } = await import('@slipway/kube');
  const text = stringifyYaml({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'slipway',
        cluster: { server: o.api, 'certificate-authority-data': Buffer.from(o.ca).toString('base64') },
      },
    ],
    users: [{ name: 'slipway-admin', user: { token: o.token } }],
    contexts: [
      { name: 'slipway', context: { cluster: 'slipway', user: 'slipway-admin', namespace: 'default' } },
    ],
    'current-context': 'slipway',
  });
  await writeWholeFile(folder.kubeconfig, text);
}

/** How to reach the control plane that runs in this state folder, as its administrator. */
export interface Endpoints {
  readonly api: string;
  /** `host:port` of the registry on this machine. */
  readonly registry: string;
  /** What the services' names stand for in pods; an address of this machine. */
  readonly serviceAddress: string;
  readonly ca: string;
  readonly token: string;
}

/** Throws NOT_RUNNING when there is none. */
export async function controlPlaneEndpoints(stateDir: string): Promise<Endpoints> {
  const folder = stateFolder(stateDir);
  const running = await findRunning(folder);
  const { api, registry, serviceAddress } = running ?? {};
  if (api === undefined || registry === undefined || serviceAddress === undefined) {
    throw new SlipwayError('not-found', 'NOT_RUNNING', `no control plane runs in ${folder.root}`, {
      hint: 'start one with "slipway up --detach"',
    });
  }
  // Commands that find no control plane do without the object model, which is large.
  const { loadKubeconfig } = await import('@slipway/kube');
  const { token } = await loadKubeconfig({ path: folder.kubeconfig });
  const ca = await readFile(`${folder.pki}/ca.crt`, 'utf8');
  return { api, registry, serviceAddress, ca, token: String(token) };
}
