import { SlipwayError } from '@slipway/core';
import { familiarReference, type Platform, parseReference } from '@slipway/oci';
import { type BaseImage, fetchImage } from './base-image.ts';
import { notCached } from './cache/not-cached.ts';
import { contextFolder } from './context.ts';
import { copyLayer } from './copy/copy-layer.ts';
import { planTree } from './copy/copy-plan.ts';
import { isGitSource } from './copy/download.ts';
import { cloneSource } from './copy/git-source.ts';
import type { SourceTree } from './copy/source-tree.ts';
import { makeLayer } from './image/make-layer.ts';
import { emptyState, recordResult, type StageState } from './image/stage-state.ts';
import { isSshSource, sshForGit } from './instructions/git-ssh.ts';
import { layoutImage } from './layout-image.ts';
import type { BuildSession } from './session.ts';

const IMAGE = 'docker-image://';
const LAYOUT = 'oci-layout://';

/** What `--build-context` gives, by the names that FROM, COPY --from and RUN --mount write; each is opened once. */
export class NamedContexts {
  readonly #session: BuildSession;
  readonly #trees = new Map<string, Promise<SourceTree>>();

  constructor(session: BuildSession) {
    this.#session = session;
  }

  /** The files of the context with this name; undefined where there is none, or it is an image. */
  async tree(name: string): Promise<SourceTree | undefined> {
    const place = this.#placeOf(name);
    if (place === undefined || place.startsWith(IMAGE) || place.startsWith(LAYOUT)) return undefined;
    const opened = this.#trees.get(place) ?? this.#open(name, place);
    this.#trees.set(place, opened);
    return await opened;
  }

  /** The image that the name means: that of a context, or the one that has this name. */
  async image(name: string, platform: Platform): Promise<BaseImage> {
    const session = this.#session;
    const place = this.#placeOf(name) ?? `${IMAGE}${name}`;
    if (place.startsWith(LAYOUT)) return await layoutImage(session, place.slice(LAYOUT.length), platform);
    return await fetchImage(session, place.slice(IMAGE.length), platform, session.signal);
  }

  #placeOf(name: string): string | undefined {
    const wanted = contextName(name);
    const contexts = Object.entries(this.#session.request.namedContexts ?? {});
    return contexts.find(([given]) => contextName(given) === wanted)?.[1];
  }

  async #open(name: string, place: string): Promise<SourceTree> {
    const session = this.#session;
    if (!isGitSource(place)) return await contextFolder(place);
    if (session.onlyCached) throw notCached();
    await using ssh = isSshSource(place) ? await sshForGit({ session }, {}) : undefined;
    const { BUILDKIT_CONTEXT_KEEP_GIT_DIR: keep = '' } = session.request.buildArgs ?? {};
    const keepGitDir = /^(1|t|true)$/i.test(keep) ? true : undefined;
    const folder = await session.scratch.subfolder('git');
    const options = { folder, keepGitDir, checksum: undefined, env: ssh?.env, signal: session.signal };
    const root = await cloneSource(place, options);
    return { root, title: `the context ${name}`, keepsOwners: false };
  }
}

/** `docker.io/library/alpine:latest` is `alpine`; names of stages are in lower case. */
function contextName(text: string): string {
  try {
    return familiarReference(parseReference(text)).replace(/:latest$/, '');
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return text.toLowerCase();
  }
}

/** A stage that is FROM a folder: its files are the first layer. */
export async function stateOfTree(
  session: BuildSession,
  tree: SourceTree,
  platform: Platform,
): Promise<StageState> {
  if (session.onlyCached) throw notCached();
  const { sourceDateEpoch } = session.request;
  const tar = copyLayer(planTree(tree, session.created), { sourceDateEpoch, signal: session.signal });
  const layer = await makeLayer(session, tar, 'as pushed');
  return recordResult(emptyState(platform), layer, `FROM ${tree.title}`, session.created);
}
