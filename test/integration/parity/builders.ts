// Both builders, with the same base image, and what they make of a case.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { storePaths } from '@slipway/builder';
import { ContentStore } from '@slipway/oci';
import { hasBuildkitd } from '../../buildkitd.ts';
import { busyboxPath, Workbench } from '../builder/workbench.ts';
import { BuildkitBuilder } from './buildkit-builder.ts';
import { type BuiltImage, readImage } from './built-image.ts';
import { makeContext, type ParityCase } from './cases.ts';
import { DockerBuilder } from './docker-builder.ts';
import type { ReferenceBuilder } from './reference-builder.ts';

/** An image, or why there is none. */
export type Attempt = { readonly image: BuiltImage } | { readonly failure: string };

export interface BothAttempts {
  readonly ours: Attempt;
  readonly docker: Attempt;
}

const ARCHIVE_TIME = 'Sat, 03 Feb 2001 04:05:06 GMT';

export class Builders implements AsyncDisposable {
  readonly #bench: Workbench;
  readonly #reference: ReferenceBuilder;
  readonly #server: Server;

  private constructor(bench: Workbench, reference: ReferenceBuilder, server: Server) {
    this.#bench = bench;
    this.#reference = reference;
    this.#server = server;
  }

  static async open(): Promise<Builders> {
    await using opened = new AsyncDisposableStack();
    const bench = opened.use(await Workbench.open());
    const open = hasBuildkitd() ? BuildkitBuilder.open(bench.registry) : DockerBuilder.open();
    const reference: ReferenceBuilder = opened.use(await open);
    const server = createServer((request, response) => {
      response.setHeader('last-modified', ARCHIVE_TIME);
      response.end(`content of ${request.url}\n`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    opened.defer(() => void server.close());
    const builders = new Builders(bench, reference, server);
    await builders.#shareBase();
    opened.move();
    return builders;
  }

  /** Builds the base image with ours, and gives the other the very same. */
  async #shareBase(): Promise<void> {
    const bench = this.#bench;
    const context = bench.context({});
    cpSync(join(import.meta.dirname, 'base'), context, { recursive: true });
    cpSync(busyboxPath(), join(context, 'busybox'));
    copyProgram('setfattr', join(context, 'programs'));
    for (const target of ['base', 'triggers']) {
      const reference = `${bench.registry}/library/${target}:1`;
      await bench.build(context, { destinations: [reference], target });
      await this.#reference.useBase(reference, target);
    }
  }

  /** Builds all cases with both, two at a time. */
  async buildAll(cases: readonly ParityCase[]): Promise<Map<string, BothAttempts>> {
    const ours = new Map<string, Attempt>();
    const failures = new Map<string, string>();
    const left = [...cases];
    const work = async (): Promise<void> => {
      for (let next = left.shift(); next; next = left.shift()) {
        const context = this.#bench.folder.join(`case-${next.name}`);
        makeContext(next, context);
        ours.set(next.name, await this.#ours(next, context));
        const failure = await this.#referenceBuild(next, context);
        if (failure !== undefined) failures.set(next.name, failure);
      }
    };
    await Promise.all([work(), work()]);
    const folder = this.#bench.folder.join('saved');
    mkdirSync(folder);
    const made = cases.map(({ name }) => name).filter((name) => !failures.has(name));
    const images = made.length === 0 ? new Map() : await this.#reference.images(folder, made);
    return new Map(
      cases.map(({ name }): [string, BothAttempts] => {
        const image = images.get(name);
        return [
          name,
          { ours: ours.get(name)!, docker: image ? { image } : { failure: failures.get(name)! } },
        ];
      }),
    );
  }

  async #ours(options: ParityCase, context: string): Promise<Attempt> {
    const { target, secrets, labels } = options;
    try {
      const { result } = await this.#bench.build(context, {
        buildArgs: this.#buildArgs(options),
        ...{ target, secrets, labels },
      });
      const store = await ContentStore.open(storePaths(this.#bench.stateDir).contentDir);
      return { image: await readImage(store, result.configDigest, result.layers) };
    } catch (error) {
      return { failure: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Why the other does not build it; undefined when it did. */
  async #referenceBuild(options: ParityCase, context: string): Promise<string | undefined> {
    const secrets = Object.entries(options.secrets ?? {}).map(([id, value]) => [
      id,
      join(this.#bench.context({ [id]: value }), id),
    ]);
    return await this.#reference.build({
      name: options.name,
      context,
      dockerfile: options.hasReference && this.#reference.isOld ? 'reference.Dockerfile' : 'Dockerfile',
      buildArgs: this.#buildArgs(options),
      labels: options.labels ?? {},
      target: options.target,
      secrets: Object.fromEntries(secrets),
    });
  }

  #buildArgs({ buildArgs = {} }: ParityCase): Record<string, string> {
    const { port } = this.#server.address() as AddressInfo;
    const server = `http://127.0.0.1:${port}`;
    return Object.fromEntries(
      Object.entries(buildArgs).map(([name, value]) => [name, value.replace('{SERVER}', server)]),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await this.#reference[Symbol.asyncDispose]();
    await this.#bench[Symbol.asyncDispose]();
  }
}

/** Copies a program of this machine and its libraries, each to its own path below the folder: busybox has no setfattr. */
function copyProgram(name: string, folder: string): void {
  mkdirSync(folder);
  const script = 'cp -L --parents $(ldd $(command -v "$0") | grep -o "/[^ ]*") $(command -v "$0") "$1"';
  const { status, stderr } = spawnSync('sh', ['-euc', script, name, folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}
