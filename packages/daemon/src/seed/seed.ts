import { type Digest, digestOf, parseManifest } from '@slipway/oci';
import { addNode, prepareContext } from './build-context.ts';
import { type CatalogueEntry, selectEntries } from './catalogue.ts';
import { type DebianHost, readDebianHost } from './debian-host.ts';
import { SeedRecords } from './records.ts';
import { makeRootFilesystem, rootFilesystemInputs } from './root-filesystem.ts';
import type { SeededImage, SeedOptions } from './seed-options.ts';

/** Proxies are this machine's matter: RUN sees them, the image does not keep them. */
const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'];

interface Seeding {
  readonly options: SeedOptions;
  readonly host: DebianHost;
  readonly records: SeedRecords;
  /** Inputs of the images handled so far, by name. */
  readonly inputs: Map<string, Digest>;
}

/**
 * Makes the images of the catalogue from Debian packages and keeps them in the embedded registry under the names that its
 * mirror looks for. What was made from the same inputs before is left as it is. Throws SEED_UNKNOWN_IMAGE, SEED_NO_MMDEBSTRAP,
 * SEED_MIRROR_UNREACHABLE, SEED_MMDEBSTRAP, SEED_BUNDLE, and what the builder throws.
 */
export async function seed(options: SeedOptions): Promise<SeededImage[]> {
  const entries = selectEntries(options.images);
  const failed = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;
  const records = await SeedRecords.open(options.recordsDir);
  const host = options.host ?? (await readDebianHost());
  const seeding: Seeding = { options: { ...options, signal }, records, host, inputs: new Map() };
  const running = new Map<string, Promise<SeededImage>>();
  for (const entry of entries) {
    // What does not build on one another is made side by side: apt's downloads and dpkg's disk leave time for it.
    const base = entry.base === undefined ? undefined : running.get(entry.base);
    running.set(
      entry.name,
      Promise.resolve(base).then(() => seedOne(entry, seeding)),
    );
  }
  try {
    return await Promise.all(running.values());
  } catch (error) {
    failed.abort(error);
    // Nothing may still be at work, or mounted, when the caller hears of the failure.
    await Promise.allSettled(running.values());
    throw error;
  }
}

async function seedOne(entry: CatalogueEntry, seeding: Seeding): Promise<SeededImage> {
  const started = performance.now();
  const { options, records, host, inputs } = seeding;
  options.signal?.throwIfAborted();
  await using context = await prepareContext(entry, options.signal);
  const own = digestInputs(entry, context.digest, seeding);
  inputs.set(entry.name, own);
  const references = entry
    .tags({ suite: host.suite, version: options.version })
    .map((tag) => `${entry.repository}:${tag}`);
  const done = (record: { digest: Digest; size: number }, cached: boolean): SeededImage => {
    const durationMs = Math.round(performance.now() - started);
    return { name: entry.name, references, digest: record.digest, size: record.size, cached, durationMs };
  };

  const record = records.get(entry.name);
  const same = record?.inputs === own && !options.force;
  if (record && same && (await areKept(references, record.digest, options))) return done(record, true);

  if (entry.base === undefined) await seedRootFilesystem(seeding);
  if (entry.name === 'executor') await addNode(context);
  options.onProgress?.({ name: entry.name, text: `building images/${entry.name}/Dockerfile` });
  const { name } = entry;
  const { signal } = options;
  const { digest, size } = await options.build({
    name,
    context: context.folder,
    buildArgs: { ...(entry.base === undefined && { SUITE: host.suite }), ...proxies() },
    references,
    signal,
  });
  const { forgetImage } = await import('@slipway/pods');
  for (const reference of references) await forgetImage(options.store, reference);
  await records.set(entry.name, { inputs: own, digest, size });
  return done({ digest, size }, false);
}

/** All that decides about an image's content, the versions of packages excepted: `--force` is for those. */
function digestInputs(entry: CatalogueEntry, context: Digest, { host, inputs }: Seeding): Digest {
  const base = entry.base === undefined ? rootFilesystemInputs(host) : inputs.get(entry.base);
  const node = entry.name === 'executor' ? process.version : '';
  return digestOf([context, base, process.arch, node].join('\n'));
}

async function areKept(
  references: readonly string[],
  digest: Digest,
  options: SeedOptions,
): Promise<boolean> {
  const found = await Promise.all(references.map((reference) => options.published(reference)));
  return found.every((one) => one === digest);
}

/** The base of all: FROM finds it under the name that images/debian/Dockerfile says. */
async function seedRootFilesystem({ options, host, records }: Seeding): Promise<void> {
  const { store, signal, force } = options;
  const reference = `docker.io/slipway/root-filesystem:${host.suite}`;
  const inputs = rootFilesystemInputs(host);
  const record = records.get('root-filesystem');
  const same = record?.inputs === inputs && !force;
  if (same && (await options.published(reference)) === record.digest) return;
  const onLine = (text: string): void => options.onProgress?.({ name: 'debian', text });
  const manifest = await makeRootFilesystem({ host, store, signal, onLine });
  await options.publish(manifest, [reference]);
  const parsed = parseManifest(await store.read(manifest.digest));
  const size = 'layers' in parsed ? parsed.layers.reduce((sum, layer) => sum + layer.size, 0) : 0;
  await records.set('root-filesystem', { inputs, digest: manifest.digest, size });
}

function proxies(): Record<string, string> {
  return Object.fromEntries(
    PROXIES.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  );
}
