import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiServer } from '@slipway/apiserver';
import { detectMonitor, detectRuntime, unmountAll } from '@slipway/containers';
import { SlipwayError, silentLogger } from '@slipway/core';
import { type KubeObject, type Pod, type ResourceType, resources } from '@slipway/kube';
import { parseReference } from '@slipway/oci';
import { type ImageProvider, PodRunner } from '@slipway/pods';
import { eventually, selfSignedCertificate } from '@slipway/testkit';

/** A real API server and pod runner over a temporary folder, with images that are folders. */
export interface Machine extends AsyncDisposable {
  readonly folder: string;
  readonly server: ApiServer;
  runner: PodRunner;
  create<T extends KubeObject>(type: ResourceType, object: T): Promise<T>;
  /** Creates a pod of restartPolicy Never in `default`; containers without an image get busybox. */
  pod(name: string, spec: Partial<Pod['spec']>, annotations?: Record<string, string>): Promise<Pod>;
  get(name: string): Promise<Pod>;
  /** Waits until the pod fits. */
  until(name: string, what: string, fits: (pod: Pod) => boolean): Promise<Pod>;
  /** Waits until the pod is over. */
  over(name: string): Promise<Pod>;
  logs(
    name: string,
    container: string,
    options?: { follow?: boolean; tailLines?: number; timestamps?: boolean },
  ): Promise<string>;
}

export const BUSYBOX = 'example.com/busybox:1';

export async function startMachine(): Promise<Machine> {
  const folder = await mkdtemp('/tmp/slipway-pods-');
  const { cert, key } = await selfSignedCertificate();
  const server = await ApiServer.start({
    stateDir: join(folder, 'objects'),
    listen: [],
    tls: { cert, key, ca: cert },
    issuerKeyFile: join(folder, 'issuer.key'),
    logger: silentLogger,
    podLogs: { open: async (pod, request) => await machine.runner.logs.open(pod, request) },
  });
  const images = folderImages(await busyboxRoot(join(folder, 'busybox')));
  const { client } = server;
  const machine: Machine = {
    folder,
    server,
    runner: await startRunner(folder, server, images),
    create: (type, object) => client.create(type, object),
    pod: (name, spec, annotations = {}) =>
      client.create<Pod>(resources.pods, podObject(name, spec, annotations)),
    get: (name) => client.get<Pod>(resources.pods, name, 'default'),
    until: (name, what, fits) =>
      eventually(
        async () => {
          const pod = await client.get<Pod>(resources.pods, name, 'default');
          return fits(pod) ? pod : undefined;
        },
        { what: `${name}: ${what}`, everyMs: 5 },
      ),
    over: (name) => machine.until(name, 'over', ({ status }) => /Succeeded|Failed/.test(status?.phase ?? '')),
    async logs(name, container, { follow = false, ...options } = {}) {
      const { signal } = new AbortController();
      const pod = await machine.get(name);
      const stream = await machine.runner.logs.open(pod, { container, follow, signal, ...options });
      const chunks: Uint8Array[] = [];
      for await (const chunk of stream) chunks.push(chunk);
      return Buffer.concat(chunks).toString('utf8');
    },
    async [Symbol.asyncDispose]() {
      await machine.runner.close();
      await server.close();
      await unmountAll(folder);
      await rm(folder, { recursive: true, force: true });
    },
  };
  return machine;
}

/** A runner on the machine's state folder; an earlier one must be gone. */
export async function startRunner(
  folder: string,
  server: ApiServer,
  images?: ImageProvider,
): Promise<PodRunner> {
  return await PodRunner.start({
    client: server.client,
    stateDir: join(folder, 'runner'),
    runtime: await detectRuntime(),
    conmon: await detectMonitor(),
    images: images ?? folderImages(join(folder, 'busybox')),
    nodeName: 'here',
    services: {
      hosts: [{ ip: '127.0.0.9', names: ['registry.test.svc', 'registry'] }],
      env: { KUBERNETES_SERVICE_HOST: '127.0.0.9' },
      files: [
        { path: '/etc/registry.d/where.conf', text: 'registry.test.svc\n', folder: '/etc' },
        { path: '/opt/engine/where.conf', text: 'not for this image\n', folder: '/opt/engine' },
      ],
    },
  });
}

function podObject(name: string, spec: Partial<Pod['spec']>, annotations: Record<string, string>): Pod {
  const containers = (spec.containers ?? []).map((container) => ({ image: BUSYBOX, ...container }));
  const initContainers = (spec.initContainers ?? []).map((container) => ({ image: BUSYBOX, ...container }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { app: 'test' }, annotations },
    spec: {
      restartPolicy: 'Never',
      ...spec,
      containers,
      ...(initContainers.length > 0 ? { initContainers } : {}),
    },
  };
}

/** One image, a folder; its kind of failures are those of the registry. */
export function folderImages(rootfs: string): ImageProvider {
  return {
    async provide(reference) {
      parseReference(reference);
      if (reference !== BUSYBOX) {
        const message = `image ${reference} was not found; tried mirror.test/${reference} (404); ${reference} (404)`;
        throw new SlipwayError('not-found', 'IMAGE_NOT_FOUND', message);
      }
      const config = {
        Env: ['PATH=/bin', 'FROM_IMAGE=yes'],
        Cmd: ['sh', '-c', 'echo default command'],
        WorkingDir: '/tmp',
      };
      return {
        reference,
        imageId: `${reference}@sha256:${'0'.repeat(64)}`,
        config: { architecture: 'amd64', os: 'linux', config, rootfs: { type: 'layers', diff_ids: [] } },
        lower: [rootfs],
        pulled: false,
      };
    },
  };
}

const APPLETS = [
  'sh',
  'true',
  'false',
  'sleep',
  'cat',
  'echo',
  'id',
  'ls',
  'stat',
  'env',
  'tail',
  'touch',
  'wc',
  'ln',
  'head',
  'tr',
  'hostname',
  'df',
  'grep',
  'mkdir',
  'pwd',
];

export async function busyboxRoot(path: string): Promise<string> {
  for (const name of ['bin', 'etc', 'proc', 'sys', 'dev', 'tmp', 'root'])
    await mkdir(join(path, name), { recursive: true });
  await copyFile('/bin/busybox', join(path, 'bin/busybox'));
  for (const name of APPLETS) await symlink('busybox', join(path, 'bin', name));
  await writeFile(join(path, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  return path;
}

/** A container that runs this shell script. */
export const sh = (name: string, script: string, more: object = {}): Pod['spec']['containers'][number] => ({
  name,
  command: ['sh', '-c', script],
  ...more,
});
