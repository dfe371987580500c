import { methodNamed, methods } from '@slipway/catalog';
import { formatBytes, SlipwayError } from '@slipway/core';
import { CATALOGUE, type SeededImage, seed, seedOptions } from '@slipway/daemon';
import { parseReference } from '@slipway/oci';
import { administratorCredentials, registryClient } from '../build/registry.ts';
import type { SeedCommandOptions } from '../commands/seed.ts';
import { interruptible } from '../interruption.ts';
import { openSession, type Session } from '../session.ts';
import { version } from '../version.ts';

/** `slipway seed`. */
export async function runSeed(images: readonly string[], options: SeedCommandOptions): Promise<void> {
  if (options.list) {
    printCatalogue(options.output);
    return;
  }
  await interruptible(({ signal }) => seedAndPrint(images, options, signal));
}

async function seedAndPrint(
  images: readonly string[],
  options: SeedCommandOptions,
  signal: AbortSignal,
): Promise<void> {
  const say = (text: string): void => {
    if (options.output === 'text') process.stdout.write(`${text}\n`);
  };
  await using session = await openSession(options);
  const seeded = await seedImages(session, { images, force: options.force ?? false, signal, say });
  if (options.output === 'json') process.stdout.write(`${JSON.stringify(seeded)}\n`);
}

interface SeedRequest {
  readonly images: readonly string[];
  readonly force?: boolean;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/** Makes stand-ins in the embedded registry, and says what it does; what is there already takes no time. */
async function seedImages(session: Session, request: SeedRequest): Promise<SeededImage[]> {
  const { embedded } = session;
  if (embedded === undefined) {
    throw new SlipwayError(
      'usage',
      'SEED_ON_CLUSTER',
      'base images are seeded into the embedded registry only',
    );
  }
  const { stateDir, registry, ca } = embedded;
  const credentials = administratorCredentials(embedded);
  const { images, force, signal, say } = request;
  const target = { stateDir, registry, ca, credentials, version: version() };
  const options = await seedOptions(target, {
    images,
    ...(force !== undefined && { force }),
    signal,
    onProgress: ({ name, text }) => say(`${name}: ${text}`),
  });
  const seeded = await seed(options);
  for (const image of seeded) say(describe(image));
  return seeded;
}

/** What the catalog's Task git-clone runs in: for Pipelines, not for builds. */
const CLONE_IMAGE = 'docker.io/alpine/git';

interface NeededImages extends Omit<SeedRequest, 'images'> {
  /** The build methods whose steps' images are needed. Default: native. */
  readonly methods?: readonly string[];
  /** Whether the Task git-clone is used, too. */
  readonly clone?: boolean;
}

/**
 * Base images, and what the steps of the methods run in: from the network's registries where they answer (the mirror fetches
 * them when they are used), else stand-ins. The executor is always ours.
 */
export async function ensureImages(session: Session, request: NeededImages): Promise<void> {
  const { methods: names = ['native'], clone = false, ...rest } = request;
  const ofSteps = new Set([CLONE_IMAGE, ...[...methods.values()].flatMap(({ stepImages }) => stepImages)]);
  const needed = new Set(names.flatMap((name) => methodNamed(name).stepImages));
  if (clone) needed.add(CLONE_IMAGE);
  const upstream = CATALOGUE.filter(
    ({ name, repository }) => name !== 'executor' && (!ofSteps.has(repository) || needed.has(repository)),
  );
  const found = await Promise.all(upstream.map(({ repository }) => isAvailable(session, repository)));
  const missing = upstream.filter((_, i) => !found[i]).map(({ name }) => name);
  if (missing.length > 0) {
    request.say(
      `no registry of the network has ${missing.join(', ')}: assembling stand-ins from Debian packages`,
    );
  }
  await seedImages(session, { ...rest, images: [...missing, 'executor'] });
}

/** Asks the embedded registry, whose mirror asks the network. */
async function isAvailable(session: Session, repository: string): Promise<boolean> {
  const registry = session.embedded?.registry ?? '';
  const client = registryClient(session.embedded);
  try {
    return (await client.headManifest(parseReference(`${registry}/${repository}:latest`))) !== undefined;
  } finally {
    client.close();
  }
}

function describe({ name, references, size, cached, durationMs }: SeededImage): string {
  const how = cached ? 'there already' : `made in ${(durationMs / 1000).toFixed(1)} s`;
  return `${name.padEnd(10)} ${references[0]} (${formatBytes(size)}, stand-in from Debian packages, ${how})`;
}

function printCatalogue(output: 'text' | 'json'): void {
  const rows = CATALOGUE.map(({ name, repository, description }) => ({ name, repository, description }));
  if (output === 'json') process.stdout.write(`${JSON.stringify(rows)}\n`);
  else
    for (const row of rows)
      process.stdout.write(`${row.name.padEnd(10)}${row.repository.padEnd(28)}${row.description}\n`);
}
