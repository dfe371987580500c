import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '../atomic-file.ts';
import { folderSize } from './folder-size.ts';

/** Sizes of unpacked layers, measured once each: they never change. */
export class LayerSizes {
  readonly #file: string;
  readonly #known: ReadonlyMap<string, number>;
  readonly #used = new Map<string, number>();

  private constructor(file: string, known: ReadonlyMap<string, number>) {
    this.#file = file;
    this.#known = known;
  }

  /** A file that is missing or damaged is empty. */
  static async open(file: string): Promise<LayerSizes> {
    const text = await readFile(file, 'utf8').catch(() => '');
    const known = text.split('\n').flatMap((line): [string, number][] => {
      const [name = '', bytes = ''] = line.split(' ');
      return /^\d+$/.test(bytes) ? [[name, Number(bytes)]] : [];
    });
    return new LayerSizes(file, new Map(known));
  }

  async of(name: string, folder: string): Promise<number> {
    const bytes = this.#known.get(name) ?? (await folderSize(folder));
    this.#used.set(name, bytes);
    return bytes;
  }

  /** Keeps the sizes of the layers that were asked for. */
  async save(): Promise<void> {
    const text = [...this.#used].map(([name, bytes]) => `${name} ${bytes}\n`).join('');
    await writeFileAtomic(this.#file, text, { flush: false });
  }
}
