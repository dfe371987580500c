import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ContentStore, type Digest, type ImageManifest, parseImageConfig, parseManifest } from '@slipway/oci';
import { type TemporaryFolder, temporaryFolder } from '@slipway/testkit';
import { type Buildkitd, startBuildkitd } from '../../buildkitd.ts';
import { type BuiltImage, readImage } from './built-image.ts';
import { flags, type ReferenceBuild, type ReferenceBuilder, secretFlags } from './reference-builder.ts';

/** The BuildKit that `BUILDKITD` and `BUILDCTL` name; its images are folders in the OCI layout. */
export class BuildkitBuilder implements ReferenceBuilder {
  readonly isOld = false;
  readonly #buildkitd: Buildkitd;
  readonly #layouts: TemporaryFolder;

  private constructor(buildkitd: Buildkitd) {
    this.#buildkitd = buildkitd;
    this.#layouts = temporaryFolder('slipway-layouts-');
  }

  /** `registry` has the base images, below `library`. */
  static async open(registry: string): Promise<BuildkitBuilder> {
    return new BuildkitBuilder(await startBuildkitd(registry));
  }

  async useBase(): Promise<void> {
    // The registry is its docker.io.
  }

  async build(options: ReferenceBuild): Promise<string | undefined> {
    const { code, stderr } = await this.#buildkitd.build([
      `--local=context=${options.context}`,
      `--local=${options.name}=${options.context}`,
      // By this name it finds a context that it has: with one for all it would change one case's into the next one's, which
      // leaves folders with the time of that.
      `--opt=contextkey=${options.name}`,
      `--opt=dockerfilekey=${options.name}`,
      `--opt=filename=${options.dockerfile}`,
      ...flags('opt', options.buildArgs, 'build-arg:'),
      ...flags('opt', options.labels, 'label:'),
      ...(options.target === undefined ? [] : [`--opt=target=${options.target}`]),
      ...secretFlags(options.secrets),
      `--output=type=oci,tar=false,dest=${this.#layouts.join(options.name)}`,
    ]);
    return code === 0 ? undefined : stderr.trim().split('\n').at(-1);
  }

  async images(_folder: string, names: readonly string[]): Promise<Map<string, BuiltImage>> {
    const images = new Map<string, BuiltImage>();
    for (const name of names) images.set(name, await readLayout(this.#layouts.join(name)));
    return images;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#buildkitd[Symbol.asyncDispose]();
    this.#layouts[Symbol.dispose]();
  }
}

async function readLayout(folder: string): Promise<BuiltImage> {
  const store = await ContentStore.open(folder);
  const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as {
    readonly manifests: readonly [{ readonly digest: Digest }];
  };
  const manifest = parseManifest(await store.read(index.manifests[0].digest)) as ImageManifest;
  const config = parseImageConfig(await store.read(manifest.config.digest));
  const layers = manifest.layers.map((descriptor, at) => ({
    descriptor,
    diffId: config.rootfs.diff_ids[at]!,
  }));
  return await readImage(store, manifest.config.digest, layers);
}
