import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { SlipwayError } from '@slipway/core';

/** Port of the registry under its service names, as on OpenShift. */
export const REGISTRY_SERVICE_PORT = 5000;
/** Port of the Kubernetes API on the service address (443 would need a privilege). */
export const API_SERVICE_PORT = 6443;

/** Names of the registry inside pods: OpenShift 3's and OpenShift 4's. */
export const REGISTRY_NAMES = [
  'image-registry.openshift-image-registry.svc',
  'image-registry.openshift-image-registry.svc.cluster.local',
  'docker-registry.default.svc',
  'docker-registry.default.svc.cluster.local',
] as const;

/** Names of the Kubernetes API inside pods. */
export const API_NAMES = [
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
  'kubernetes.default',
  'kubernetes',
] as const;

/**
 * An address in 127.83.0.0/16 on which the service ports are free. Pods share the host's network, so the service
 * names need an address of their own for port 5000 to be free in each of several control planes. It is derived
 * from the state folder's path, so that it stays the same from start to start.
 */
export async function chooseServiceAddress(stateDir: string): Promise<string> {
  for (let attempt = 0; attempt < 16; attempt++) {
    const hash = createHash('sha256').update(`${stateDir}#${attempt}`).digest();
    const address = `127.83.${hash[0]}.${1 + (hash[1]! % 254)}`;
    const ports = [REGISTRY_SERVICE_PORT, API_SERVICE_PORT];
    const free = await Promise.all(ports.map((port) => isFree(address, port)));
    if (free.every(Boolean)) return address;
  }
  throw new SlipwayError(
    'exhausted',
    'NO_SERVICE_ADDRESS',
    'no address in 127.83.0.0/16 has port 5000 and 6443 free',
    {
      hint: 'stop other control planes with "slipway down", or a program that listens on 0.0.0.0:5000 or :6443',
    },
  );
}

/** The preferred port where it is free on this host, else 0: the system chooses. */
export async function preferredPort(host: string, preferred: number): Promise<number> {
  return (await isFree(host, preferred)) ? preferred : 0;
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false)); // in use, or not allowed: not ours to take
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
