import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@slipway/core';
import { isStatus, type KubeClient, type PersistentVolumeClaim, resources, watchAll } from '@slipway/kube';
import { ConfigProblem } from '../container/config-problem.ts';
import { makeShared } from '../sandbox/sandbox.ts';

/** A claim's folder: `<stateDir>/claims/<namespace>/<uid>`. */
function claimFolder(stateDir: string, claim: PersistentVolumeClaim): string {
  return join(
    stateDir,
    'claims',
    claim.metadata.namespace ?? 'default',
    claim.metadata.uid ?? claim.metadata.name,
  );
}

/** The folder of a claim that a pod uses. Throws ConfigProblem when there is no such claim. */
export async function prepareClaim(
  client: KubeClient,
  stateDir: string,
  namespace: string,
  name: string,
): Promise<string> {
  const claim = await client
    .get<PersistentVolumeClaim>(resources.persistentvolumeclaims, name, namespace)
    .catch((error: unknown) => {
      if (isStatus(error, 'NotFound'))
        throw new ConfigProblem(`persistentvolumeclaim "${name}" not found`, error);
      throw error;
    });
  const folder = claimFolder(stateDir, claim);
  await makeShared(folder);
  return folder;
}

/** Binds every claim at once, as a provisioner of local folders, and removes the folder of one that is deleted. */
export function followClaims(options: {
  readonly client: KubeClient;
  readonly stateDir: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}): void {
  const { client, stateDir, logger, signal } = options;
  const report = (what: string) => (error: unknown) => logger.warn(what, { error: String(error) });
  watchAll<PersistentVolumeClaim>(client, resources.persistentvolumeclaims, {
    signal,
    logger,
    onEvent: ({ type, object }) => {
      if (type === 'DELETED') {
        rm(claimFolder(stateDir, object), { recursive: true, force: true }).catch(
          report('a claim was not removed'),
        );
      } else if (object.status?.phase !== 'Bound') {
        bind(client, object).catch(report('a claim was not bound'));
      }
    },
  });
}

async function bind(client: KubeClient, claim: PersistentVolumeClaim): Promise<void> {
  const { accessModes = ['ReadWriteOnce'], resources: wanted } = claim.spec ?? {};
  const capacity = wanted?.requests?.storage;
  const status = {
    phase: 'Bound',
    accessModes,
    ...(capacity === undefined ? {} : { capacity: { storage: capacity } }),
  };
  const { name, namespace } = claim.metadata;
  await client
    .patch(
      resources.persistentvolumeclaims,
      name,
      { type: 'merge', body: { status } },
      { namespace, subresource: 'status' },
    )
    .catch((error: unknown) => {
      if (!isStatus(error, 'NotFound')) throw error;
    });
}
