import { existsSync, statSync } from 'node:fs';
import { type BuildSource, methods, renderBuild } from '@slipway/catalog';
import { SlipwayError } from '@slipway/core';
import type { TaskRun } from '@slipway/kube';
import { formatReference, type ImageManifest, parseDigest, parseManifest } from '@slipway/oci';
import { applyObject, ensureNamespace } from '../apply.ts';
import type { BuildCommandOptions } from '../commands/build.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { runToEnd } from '../follow/run-to-end.ts';
import { interruptible } from '../interruption.ts';
import { ensureImages } from '../seed/seed.ts';
import { openSession, type Session } from '../session.ts';
import { buildWithAll } from './build-all.ts';
import { type BuiltImage, printBuiltImage } from './built-image.ts';
import { type Destination, parseDestination, withDigest } from './destination.ts';
import { checkDockerSocket, dockerSocket } from './docker-socket.ts';
import { printReports } from './method-report.ts';
import { peakMemoryOf } from './peak-memory.ts';
import { registryClient } from './registry.ts';
import { sendFolder } from './source-bundle.ts';

/** What the claim with the builder's store asks for; on the embedded control plane a claim is a folder without a limit. */
const CACHE_SIZE = '20Gi';

export interface BuildRequest {
  readonly source: { readonly url: string; readonly revision?: string } | { readonly folder: string };
  readonly to: string;
  readonly namespace?: string | undefined;
  readonly method: string;
  readonly dockerfile?: string | undefined;
  readonly buildArgs?: Readonly<Record<string, string>> | undefined;
  readonly target?: string | undefined;
  /** Of the node, for the method docker. */
  readonly dockerSocket?: string | undefined;
  readonly output: 'text' | 'json';
  readonly signal: AbortSignal;
}

/** `slipway build`. */
export async function runBuildCommand(source: string, options: BuildCommandOptions): Promise<void> {
  const place = readSource(source, options.revision);
  await interruptible(({ signal }) => buildAndPrint(place, options, signal));
}

async function buildAndPrint(
  source: BuildRequest['source'],
  options: BuildCommandOptions,
  signal: AbortSignal,
): Promise<void> {
  await using session = await openSession(options);
  const { output } = options;
  const say = (text: string): void => {
    if (output === 'text') process.stdout.write(`${text}\n`);
  };
  const { to, namespace, method, file: dockerfile, buildArg: buildArgs, target } = options;
  const socket = dockerSocket(options.dockerSocket);
  // What is wrong with the command line or the machine is said before anything takes time.
  parseDestination(to, session.embedded);
  if (method === 'docker' && session.embedded) await checkDockerSocket(socket);
  const wanted = method === 'all' ? [...methods.keys()] : [method];
  if (session.embedded) await ensureImages(session, { signal, say, methods: wanted });
  const request = { to, namespace, method, dockerfile, buildArgs, target, output, signal, source };
  const build = (one: Pick<BuildRequest, 'method' | 'to'>): Promise<BuiltImage> =>
    buildInSession(session, { ...request, ...one, dockerSocket: socket });
  if (method !== 'all') {
    printBuiltImage(await build(request), output);
    return;
  }
  const reports = await buildWithAll(wanted, { to, build, signal, say });
  printReports(reports, output);
  if (reports.some(({ result }) => result !== 'succeeded')) process.exitCode = EXIT_CODES.failed;
}

/** Applies the objects of a build, runs its TaskRun to the end, and reads the result. */
export async function buildInSession(session: Session, request: BuildRequest): Promise<BuiltImage> {
  const destination = parseDestination(request.to, session.embedded);
  const namespace = request.namespace ?? destination.namespace ?? session.namespace;
  if (session.embedded) await ensureNamespace(session.client, namespace);
  if (request.method === 'docker' && session.embedded) await checkDockerSocket(request.dockerSocket);
  await using sent = new AsyncDisposableStack();
  const source = await prepareSource(session, request, destination, sent);
  const objects = renderBuild({
    method: request.method,
    namespace,
    source,
    image: formatReference(destination.inCluster),
    ...(request.dockerfile !== undefined && { dockerfile: request.dockerfile }),
    ...(request.buildArgs !== undefined && { buildArgs: request.buildArgs }),
    ...(request.target !== undefined && { target: request.target }),
    ...(request.dockerSocket !== undefined && { dockerSocket: request.dockerSocket }),
    ...(session.embedded && { cacheSize: CACHE_SIZE }),
  });
  for (const object of objects.filter(({ kind }) => kind !== 'TaskRun')) {
    await applyObject(session.client, object, namespace);
  }
  const run = objects.find(({ kind }) => kind === 'TaskRun') as TaskRun;
  const { output, signal } = request;
  const started = performance.now();
  const { run: done } = await runToEnd(session, run, { output, signal, printResult: false });
  const durationMs = Math.round(performance.now() - started);
  const image = await describe(session, destination, done);
  const peakMemoryBytes = await peakMemoryOf(session.client, done, request.method);
  return { ...image, method: request.method, durationMs, ...(peakMemoryBytes && { peakMemoryBytes }) };
}

function readSource(source: string, revision: string | undefined): BuildRequest['source'] {
  if (existsSync(source) && statSync(source).isDirectory()) {
    if (revision === undefined) return { folder: source };
    throw new SlipwayError(
      'usage',
      'REVISION_OF_FOLDER',
      `--revision goes with a Git URL, and "${source}" is a folder`,
      {
        hint: `a folder is sent as it is; to build a commit of it: slipway build "file://$(realpath ${source})" --revision ${revision}`,
      },
    );
  }
  if (/^([a-z+]+:\/\/|[^/]+@[^/]+:)/.test(source))
    return { url: source, ...(revision !== undefined && { revision }) };
  throw new SlipwayError('not-found', 'SOURCE_NOT_FOUND', `"${source}" is neither a folder nor a Git URL`, {
    hint: 'a Git URL starts with https://, http://, ssh:// or git@host:',
  });
}

async function prepareSource(
  session: Session,
  request: BuildRequest,
  destination: Destination,
  sent: AsyncDisposableStack,
): Promise<BuildSource> {
  if ('url' in request.source) return request.source;
  const bundle = await sendFolder(
    request.source.folder,
    destination,
    registryClient(session.embedded),
    request.signal,
  );
  sent.defer(() => bundle.remove());
  return { bundle: bundle.reference };
}

type PushedImage = Omit<BuiltImage, 'method' | 'durationMs' | 'peakMemoryBytes'>;

async function describe(session: Session, destination: Destination, run: TaskRun): Promise<PushedImage> {
  const result = (name: string): string => {
    const value = run.status?.results?.find((each) => each.name === name)?.value;
    return typeof value === 'string' ? value.trim() : '';
  };
  const digest = result('IMAGE_DIGEST');
  const manifest = await readManifest(session, destination, digest);
  const blobs = manifest ? [manifest.config, ...manifest.layers] : [];
  return {
    reference: formatReference(destination.here),
    inCluster: withDigest(destination.inCluster, digest),
    digest,
    size: blobs.reduce((sum, { size }) => sum + size, 0),
    layers: manifest?.layers.length ?? 0,
    taskRun: `${run.metadata.namespace}/${run.metadata.name}`,
    commit: result('COMMIT') || undefined,
  };
}

async function readManifest(
  session: Session,
  destination: Destination,
  digest: string,
): Promise<ImageManifest | undefined> {
  const client = registryClient(session.embedded);
  const { registry, repository } = destination.here;
  try {
    const { bytes, mediaType } = await client.getManifest({
      registry,
      repository,
      digest: parseDigest(digest),
    });
    const manifest = parseManifest(bytes, mediaType);
    return 'layers' in manifest ? manifest : undefined;
  } catch {
    return undefined; // only the size is lost: this machine may not reach the cluster's registry
  }
}
