import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { parseReference, pushImage, RegistryClient } from '@slipway/oci';
import type { SeededImages } from './seeded-images.ts';

/** The registry that all builders pull from and push to; a process of its own that counts what it receives. */
export class BenchRegistry implements AsyncDisposable {
  /** host:port */
  readonly host: string;
  readonly #child: ChildProcess;
  readonly #lines: Interface;

  private constructor(host: string, child: ChildProcess, lines: Interface) {
    this.host = host;
    this.#child = child;
    this.#lines = lines;
  }

  static async start(folder: string): Promise<BenchRegistry> {
    const program = join(import.meta.dirname, 'registry-process.ts');
    const args = ['--disable-warning=ExperimentalWarning', program, folder];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface(child.stdout);
    const [line] = await once(lines, 'line');
    return new BenchRegistry(`127.0.0.1:${String(line).split(' ')[1]}`, child, lines);
  }

  /** Bytes that clients sent since the start, heads of requests included. */
  async received(): Promise<number> {
    this.#child.stdin!.write('\n');
    const [line] = await once(this.#lines, 'line');
    return Number(line);
  }

  /** Copies seeded base images to `library/<name>:latest`. */
  async copyImages(images: SeededImages, names: readonly string[]): Promise<void> {
    const client = new RegistryClient();
    for (const name of names) {
      const ref = parseReference(`${this.host}/library/${name}:latest`);
      await pushImage({ client, ref, store: images.store, manifest: await images.manifest(name) });
    }
    client.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin!.end();
    await once(this.#child, 'exit');
  }
}
