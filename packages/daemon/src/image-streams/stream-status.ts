import { formatTime, type ImageStreamStatus, type ImageStreamTagEvents } from '@slipway/kube';
import type { TaggedDigest } from '@slipway/registry';

/** Images that a tag pointed at before and that are shown. */
const HISTORY = 20;

/** Where a repository is reached: `host:port/team/app` inside pods and outside. */
export interface RepositoryNames {
  readonly inCluster: string;
  readonly outside: string;
}

/**
 * The status of an image stream: the registry says what the tags point at now, the status before what they pointed at then.
 * `holds` tells whether an image is still there; what is not goes from the history.
 */
export function streamStatus(o: {
  readonly names: RepositoryNames;
  readonly tags: readonly TaggedDigest[];
  readonly before: ImageStreamStatus | undefined;
  readonly generation: number;
  readonly holds: (digest: string) => boolean;
}): ImageStreamStatus {
  const before = new Map(o.before?.tags?.map(({ tag, items }) => [tag, items]));
  const tags = o.tags.map(({ tag, digest, updated }): ImageStreamTagEvents => {
    const items = before.get(tag) ?? [];
    const current = {
      created: formatTime(updated),
      dockerImageReference: `${o.names.inCluster}@${digest}`,
      image: digest,
      generation: o.generation,
    };
    const [latest] = items;
    const all = latest?.image === digest ? items : [current, ...items];
    return { tag, items: all.filter(({ image }) => o.holds(image)).slice(0, HISTORY) };
  });
  return {
    dockerImageRepository: o.names.inCluster,
    publicDockerImageRepository: o.names.outside,
    ...(tags.length > 0 && { tags }),
  };
}

/** The tags whose newest image differs between two statuses, those that came or went included. */
export function changedTags(
  before: ImageStreamStatus | undefined,
  after: ImageStreamStatus | undefined,
): Set<string> {
  const newest = (status: ImageStreamStatus | undefined): Map<string, string | undefined> =>
    new Map(status?.tags?.map(({ tag, items }) => [tag, items[0]?.image]));
  const [old, now] = [newest(before), newest(after)];
  return new Set([...old.keys(), ...now.keys()].filter((tag) => old.get(tag) !== now.get(tag)));
}
