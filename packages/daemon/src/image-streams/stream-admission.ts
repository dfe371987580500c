import { type AdmissionPlugin, CONTROL_PLANE } from '@slipway/apiserver';
import { type ImageStreamTag, StatusError } from '@slipway/kube';
import type { ImageStreams } from './image-streams.ts';
import { splitTagName } from './repository.ts';

const GROUP = 'image.openshift.io';

/**
 * Deleting an image stream or one of its tags deletes it in the registry, before the object goes: a failure leaves both.
 * Tags are made by pushing only.
 */
export function streamAdmission(streams: () => ImageStreams | undefined): AdmissionPlugin {
  return {
    name: 'ImageStreams',
    async admit({ operation, type, namespace, name, object, user, dryRun }) {
      if (type.group !== GROUP) return;
      const isTag = type.plural === 'imagestreamtags';
      if (operation === 'CREATE' && isTag && user.username !== CONTROL_PLANE.username) {
        const why = 'a tag appears when an image is pushed to it';
        throw StatusError.forbidden(type, name, why);
      }
      if (operation !== 'DELETE' || dryRun) return;
      const running = streams();
      if (running === undefined)
        throw StatusError.of('ServiceUnavailable', 'the registry is starting; try again');
      if (!isTag) return running.deleteImages({ namespace, name });
      const { stream, tag } = splitTagName(name);
      const digest = (object as ImageStreamTag).image?.metadata?.name ?? '';
      await running.deleteTag({ namespace, name: stream }, tag, digest);
    },
  };
}
