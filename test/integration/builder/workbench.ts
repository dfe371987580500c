import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import {
  type BuildResult,
  type ProgressEvent,
  type RunBuildOptions,
  runBuild,
  storePaths,
} from '@slipway/builder';
import { silentLogger } from '@slipway/core';
import {
  ContentStore,
  decompressLayer,
  type ImageConfig,
  type ImageManifest,
  parseImageConfig,
  parseManifest,
  readTar,
  type TarEntry,
} from '@slipway/oci';
import { type AccessController, createRegistryHandler, openAccess } from '@slipway/registry';
import { type TemporaryFolder, temporaryFolder } from '@slipway/testkit';

/** One file of an image as its layers put it. */
export interface ImageFile {
  readonly entry: TarEntry;
  readonly content: string;
}

/** A finished build, and what its steps reported. */
export interface Built {
  readonly result: BuildResult;
  readonly events: readonly ProgressEvent[];
  readonly output: string;
}

/** A state folder, contexts, and a registry with a busybox image, for tests that build. */
export class Workbench implements AsyncDisposable {
  readonly folder: TemporaryFolder;
  readonly registry: string;
  readonly #close: () => Promise<void>;
  #contexts = 0;

  private constructor(folder: TemporaryFolder, registry: string, close: () => Promise<void>) {
    this.folder = folder;
    this.registry = registry;
    this.#close = close;
  }

  static async open(access: AccessController = openAccess()): Promise<Workbench> {
    const folder = temporaryFolder('slipway-builder-');
    const store = await ContentStore.open(folder.join('registry'));
    mkdirSync(folder.join('metadata'));
    const service = createRegistryHandler({
      store,
      metadataDir: folder.join('metadata'),
      access,
      logger: silentLogger,
    });
    const server = createServer((request, response) => void service.handle(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return new Workbench(folder, `127.0.0.1:${port}`, async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await service.close();
    });
  }

  /** Builds `busybox:1` into the registry: a static busybox with its links, two users, /etc and /tmp. */
  async pushBusybox(options: Partial<RunBuildOptions> = {}): Promise<string> {
    const reference = `${this.registry}/library/busybox:1`;
    const context = this.context({
      Dockerfile: [
        'FROM scratch',
        'COPY busybox /bin/busybox',
        'RUN ["/bin/busybox", "--install", "-s", "/bin"]',
        'RUN mkdir -p /etc /tmp /root /home/app && chmod 1777 /tmp && chown 1000:1000 /home/app',
        "RUN printf 'root:x:0:0:root:/root:/bin/sh\\napp:x:1000:1000::/home/app:/bin/sh\\n' > /etc/passwd",
        "RUN printf 'root:x:0:\\napp:x:1000:\\nstaff:x:50:app\\n' > /etc/group",
        'CMD ["sh"]',
        '',
      ].join('\n'),
    });
    copyFileSync(busyboxPath(), join(context, 'busybox'));
    await this.build(context, { destinations: [reference], ...options });
    return reference;
  }

  /** A new context folder with these files; a name that ends with a slash is an empty folder. */
  context(files: Readonly<Record<string, string>>): string {
    this.#contexts += 1;
    const folder = this.folder.join(`context-${this.#contexts}`);
    mkdirSync(folder);
    for (const [name, content] of Object.entries(files)) {
      const path = join(folder, name);
      mkdirSync(name.endsWith('/') ? path : dirname(path), { recursive: true });
      if (!name.endsWith('/')) writeFileSync(path, content);
    }
    return folder;
  }

  get stateDir(): string {
    return this.folder.join('state');
  }

  async build(context: string, options: Partial<RunBuildOptions> = {}): Promise<Built> {
    const events: ProgressEvent[] = [];
    const result = await runBuild({
      context,
      store: storePaths(this.stateDir),
      registries: { mirrors: [{ from: 'docker.io', to: this.registry }] },
      ...options,
      progress: {
        emit: (event) => {
          events.push(event);
          options.progress?.emit(event);
        },
      },
    });
    const lines = events.flatMap((event) => (event.type === 'output' ? [event.line] : []));
    return { result, events, output: lines.join('\n') };
  }

  async manifest(result: BuildResult): Promise<ImageManifest> {
    const store = await ContentStore.open(storePaths(this.stateDir).contentDir);
    return parseManifest(await store.read(result.manifest.digest)) as ImageManifest;
  }

  async config(result: BuildResult): Promise<ImageConfig> {
    const store = await ContentStore.open(storePaths(this.stateDir).contentDir);
    return parseImageConfig(await store.read(result.configDigest));
  }

  /** The files of the image's last `count` layers, in the order of the layers. */
  async files(result: BuildResult, count: number = result.layers.length): Promise<Map<string, ImageFile>> {
    const store = await ContentStore.open(storePaths(this.stateDir).contentDir);
    const files = new Map<string, ImageFile>();
    for (const layer of result.layers.slice(result.layers.length - count)) {
      const blob = await store.open(layer.descriptor.digest);
      for await (const { entry, body } of readTar(decompressLayer(blob))) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of body) chunks.push(chunk);
        const content = Buffer.concat(chunks).subarray(0, 4096).toString();
        files.set(entry.name.toString().replace(/\/$/, ''), { entry, content });
      }
    }
    return files;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    this.folder[Symbol.dispose]();
  }
}

/** The machine's static busybox; installed where it is missing. */
export function busyboxPath(): string {
  const path = '/usr/bin/busybox';
  if (existsSync(path) || existsSync('/bin/busybox')) return existsSync(path) ? path : '/bin/busybox';
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'busybox-static'], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: 'ignore',
  });
  return existsSync(path) ? path : '/bin/busybox';
}

/** Mounts of this machine below a folder. */
export function mountsBelow(folder: string): string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return lines.map((line) => line.split(' ')[4] ?? '').filter((target) => target.startsWith(folder));
}
