import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '@slipway/oci';

/** An image that was made, and from what. */
export interface SeedRecord {
  /** Digest of all inputs, those of the images below included. */
  readonly inputs: Digest;
  /** The manifest. */
  readonly digest: Digest;
  /** Bytes, compressed. */
  readonly size: number;
}

/** What was seeded into a state folder, by name: `<folder>/records.json`. */
export class SeedRecords {
  readonly #folder: string;
  readonly #records: Map<string, SeedRecord>;
  #writing: Promise<void> = Promise.resolve();

  private constructor(folder: string, records: Map<string, SeedRecord>) {
    this.#folder = folder;
    this.#records = records;
  }

  static async open(folder: string): Promise<SeedRecords> {
    await mkdir(folder, { recursive: true });
    return new SeedRecords(folder, new Map(Object.entries(await readRecords(folder))));
  }

  get(name: string): SeedRecord | undefined {
    return this.#records.get(name);
  }

  /** Images are made side by side; their records are written one after the other. */
  set(name: string, record: SeedRecord): Promise<void> {
    this.#records.set(name, record);
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const file = join(this.#folder, 'records.json');
    await writeFile(`${file}.new`, `${JSON.stringify(Object.fromEntries(this.#records), null, 2)}\n`);
    await rename(`${file}.new`, file);
  }
}

/** No records, or none that can be read, only mean that everything is made again. */
async function readRecords(folder: string): Promise<Record<string, SeedRecord>> {
  try {
    return JSON.parse(await readFile(join(folder, 'records.json'), 'utf8'));
  } catch {
    return {};
  }
}
