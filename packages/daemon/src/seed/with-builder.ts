import { join } from 'node:path';
import { buildImage, type ProgressEvent, runBuild, storePaths } from '@slipway/builder';
import { inUserNamespace } from '@slipway/containers';
import {
  ContentStore,
  type CredentialSource,
  mirrorTable,
  parseReference,
  pushImage,
  RegistryClient,
} from '@slipway/oci';
import type { SeedOptions, SeedProgress } from './seed-options.ts';

/** The embedded registry that images are seeded into. */
export interface SeedTarget {
  readonly stateDir: string;
  /** `host:port`. */
  readonly registry: string;
  /** PEM, where the registry speaks TLS with a CA of its own. */
  readonly ca?: string | undefined;
  readonly credentials?: CredentialSource | undefined;
  /** Slipway's version, one of the executor's tags. */
  readonly version: string;
}

/** The surroundings of `seed` with our own builder: images are built in the state folder's stores and pushed to its registry. */
export async function seedOptions(
  target: SeedTarget,
  rest: Pick<SeedOptions, 'images' | 'force' | 'host' | 'onProgress' | 'signal'> = {},
): Promise<SeedOptions> {
  const { stateDir, registry, ca, credentials, version } = target;
  const store = await ContentStore.open(join(stateDir, 'content'));
  const mirrors = [{ from: '*', to: registry }];
  const client = new RegistryClient({
    mirrors: mirrorTable(mirrors),
    ...(ca === undefined ? {} : { ca }),
    ...(credentials === undefined ? {} : { credentials }),
  });
  const inRegistry = (reference: string): string => `${registry}/${reference}`;
  const { signal } = rest;
  // An ordinary user's whole program has a namespace already: the builder needs no second one.
  const buildHere = inUserNamespace() ? buildImage : runBuild;
  return {
    ...rest,
    version,
    store,
    recordsDir: join(stateDir, 'seed'),
    build: async ({ name, context, buildArgs, references }) => {
      const result = await buildHere({
        context,
        buildArgs,
        destinations: references.map(inRegistry),
        store: storePaths(stateDir),
        registries: { mirrors, ca },
        credentials,
        progress: { emit: (event) => report(event, name, rest.onProgress) },
        signal,
      });
      return { digest: result.manifest.digest, size: result.size };
    },
    publish: async (manifest, references) => {
      for (const reference of references) {
        await pushImage({
          client,
          store,
          manifest,
          ref: parseReference(inRegistry(reference)),
          ...(signal && { signal }),
        });
      }
    },
    published: async (reference) =>
      (await client.headManifest(parseReference(inRegistry(reference))))?.digest,
  };
}

/** The builder's events in lines for people. */
function report(
  event: ProgressEvent,
  name: string,
  onProgress: ((progress: SeedProgress) => void) | undefined,
): void {
  if (event.type === 'start') onProgress?.({ name, text: event.title });
  else if (event.type === 'output') onProgress?.({ name, text: event.line });
  else if (event.type === 'note' || event.type === 'warning') onProgress?.({ name, text: event.text });
}
