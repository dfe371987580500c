import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { BindMount } from '@slipway/containers';
import type { Pod } from '@slipway/kube';
import type { ServiceAddresses } from '../runner-options.ts';
import type { Sandbox } from './sandbox.ts';

const MAX_HOSTNAME = 63;

/** The host name that the pod's containers see. */
export function podHostname(pod: Pod): string {
  return (pod.spec.hostname ?? pod.metadata.name).slice(0, MAX_HOSTNAME).replace(/[-.]+$/, '');
}

/** Writes the pod's hosts, hostname and resolv.conf, and gives their mounts. */
export async function writeEtcFiles(
  sandbox: Sandbox,
  pod: Pod,
  services: ServiceAddresses,
  address: string,
): Promise<BindMount[]> {
  await mkdir(sandbox.etc('.'), { recursive: true });
  const resolver = await readFile('/etc/resolv.conf', 'utf8').catch(() => '');
  const files: Readonly<Record<string, string>> = {
    hosts: hostsFile(pod, services, address),
    hostname: `${podHostname(pod)}\n`,
    'resolv.conf': resolverFile(pod, resolver),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(sandbox.etc(name), text, { mode: 0o644 });
  return Object.keys(files).map((name) => ({ source: sandbox.etc(name), destination: `/etc/${name}` }));
}

/** The hosts file: this machine, the services, the pod's own aliases. */
export function hostsFile(pod: Pod, services: ServiceAddresses, address: string): string {
  const lines = [
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    `${address}\t${podHostname(pod)}`,
    ...services.hosts.map(({ ip, names }) => `${ip}\t${names.join(' ')}`),
    ...(pod.spec.hostAliases ?? []).map(({ ip, hostnames = [] }) => `${ip}\t${hostnames.join(' ')}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** The machine's resolver, with what the pod's dnsConfig adds; only that under dnsPolicy None. */
export function resolverFile(pod: Pod, ofMachine: string): string {
  const { dnsPolicy, dnsConfig = {} } = pod.spec;
  const { nameservers = [], searches = [], options = [] } = dnsConfig;
  const lines = [
    ...nameservers.map((ip) => `nameserver ${ip}`),
    ...(searches.length > 0 ? [`search ${searches.join(' ')}`] : []),
    ...options.map(({ name, value }) => `options ${name}${value === undefined ? '' : `:${value}`}`),
  ];
  const own = lines.map((line) => `${line}\n`).join('');
  return dnsPolicy === 'None' ? own : `${own}${ofMachine}`;
}
