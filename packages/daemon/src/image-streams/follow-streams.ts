import type { Logger } from '@slipway/core';
import { controller, type ImageStream, type KubeClient, type Namespace, resources } from '@slipway/kube';
import type { ImageStreams } from './image-streams.ts';
import { repositoryOf, splitTagName } from './repository.ts';

/**
 * Brings image streams up to date when namespaces, streams or their tags change; at the start that is all of them. Resolves
 * when the first round is over.
 */
export async function followStreams(
  streams: ImageStreams,
  o: { readonly client: KubeClient; readonly logger: Logger; readonly signal: AbortSignal },
): Promise<void> {
  const namespaces = controller<Namespace>({
    ...o,
    type: resources.namespaces,
    reconcile: async (name, namespace) => {
      if (namespace === undefined) await streams.forgetNamespace(name);
      else await streams.syncNamespace(name);
    },
  });
  const objects = controller<ImageStream>({
    ...o,
    type: resources.imagestreams,
    resyncOn: [
      {
        type: resources.imagestreamtags,
        keys: ({ metadata: { namespace = '', name } }) => {
          const { stream, tag } = splitTagName(name);
          const repository = repositoryOf({ namespace, name: stream });
          streams.touch(repository, tag);
          return [repository];
        },
      },
    ],
    // The key of an object in a namespace has the form of a repository.
    reconcile: async (repository) => streams.sync(repository),
  });
  await Promise.all([namespaces.ready, objects.ready]);
  await Promise.all([namespaces.idle(), objects.idle()]);
}
