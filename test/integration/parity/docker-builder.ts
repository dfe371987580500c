import { join } from 'node:path';
import { type Dockerd, startDockerd } from '../../dockerd.ts';
import { type BuiltImage, dockerImages } from './built-image.ts';
import { flags, type ReferenceBuild, type ReferenceBuilder, secretFlags } from './reference-builder.ts';

/** The BuildKit 0.8 inside Debian's dockerd. */
export class DockerBuilder implements ReferenceBuilder {
  readonly isOld = true;
  readonly #dockerd: Dockerd;

  private constructor(dockerd: Dockerd) {
    this.#dockerd = dockerd;
  }

  static async open(): Promise<DockerBuilder> {
    return new DockerBuilder(await startDockerd());
  }

  async useBase(reference: string, name: string): Promise<void> {
    for (const args of [
      ['pull', reference],
      ['tag', reference, `${name}:1`],
    ]) {
      const { code, stderr } = await this.#dockerd.docker(args);
      if (code !== 0) throw new Error(`docker ${args.join(' ')}: ${stderr}`);
    }
  }

  async build(options: ReferenceBuild): Promise<string | undefined> {
    const { code, stderr } = await this.#dockerd.build([
      `--tag=parity/${options.name}:1`,
      `--file=${join(options.context, options.dockerfile)}`,
      ...flags('build-arg', options.buildArgs),
      ...flags('label', options.labels),
      ...(options.target === undefined ? [] : [`--target=${options.target}`]),
      ...secretFlags(options.secrets),
      options.context,
    ]);
    return code === 0 ? undefined : stderr.trim().split('\n').at(-1);
  }

  async images(folder: string, names: readonly string[]): Promise<Map<string, BuiltImage>> {
    const tag = (name: string): string => `parity/${name}:1`;
    const images = await dockerImages(this.#dockerd, folder, names.map(tag));
    return new Map(names.map((name) => [name, images.get(tag(name))!]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dockerd[Symbol.asyncDispose]();
  }
}
