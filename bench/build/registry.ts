import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import {
  ContentStore,
  mediaTypes,
  parseDigest,
  parseReference,
  pushImage,
  RegistryClient,
} from '@slipway/oci';

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

  /** Copies seeded base images of a state folder to `library/<name>:latest`. */
  async copyImages(stateDir: string, names: readonly string[]): Promise<void> {
    const store = await ContentStore.open(join(stateDir, 'content'));
    const records: Record<string, { digest: string }> = JSON.parse(
      await readFile(join(stateDir, 'seed/records.json'), 'utf8'),
    );
    const client = new RegistryClient();
    for (const name of names) {
      const record = records[name];
      if (record === undefined) throw new Error(`${stateDir} has no ${name}: run slipway seed ${name} first`);
      const digest = parseDigest(record.digest);
      const bytes = await store.read(digest);
      const { mediaType = mediaTypes.ociManifest } = JSON.parse(bytes.toString());
      const ref = parseReference(`${this.host}/library/${name}:latest`);
      await pushImage({ client, ref, store, manifest: { mediaType, digest, size: bytes.length } });
    }
    client.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin!.end();
    await once(this.#child, 'exit');
  }
}
