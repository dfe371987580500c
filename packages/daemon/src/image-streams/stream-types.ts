import { type Column, column, customResource, NAME, type ResourceDefinition } from '@slipway/apiserver';
import {
  type ImageStream,
  type ImageStreamTag,
  type ImageStreamTagEvents,
  invalidField,
  resources,
} from '@slipway/kube';
import { isRepositoryName } from '@slipway/oci';

/** Tags that the table shows by name. */
const TAGS_SHOWN = 3;

/** The columns of `oc get is`. */
const STREAM_COLUMNS: readonly Column[] = [
  NAME,
  column('Image Repository', 'Where to push and pull.', (object) => repository(object as ImageStream)),
  column('Tags', 'The tags that changed last.', (object) => tagList((object as ImageStream).status?.tags)),
  column('Updated', 'When a tag changed.', (object, now) =>
    ago(newestFirst((object as ImageStream).status?.tags)[0]?.created, now),
  ),
];

/** The columns of `oc get istag`. */
const TAG_COLUMNS: readonly Column[] = [
  NAME,
  column(
    'Image Reference',
    'The image by digest.',
    (object) => (object as ImageStreamTag).image?.dockerImageReference ?? '',
  ),
  column('Updated', 'When the tag was set to it.', (object, now) =>
    ago((object as ImageStreamTag).image?.metadata?.creationTimestamp, now),
  ),
];

/** ImageStreams and ImageStreamTags as the API serves them. */
export const IMAGE_STREAM_TYPES: readonly ResourceDefinition[] = [
  customResource(resources.imagestreams, STREAM_COLUMNS, {
    strategy: {
      validate: ({ metadata: { name, namespace } }) =>
        name && !isRepositoryName(`${namespace}/${name}`)
          ? [invalidField('metadata.name', name, 'must be a component of a repository name, like "my-app"')]
          : [],
    },
  }),
  customResource(resources.imagestreamtags, TAG_COLUMNS),
];

function repository({ status }: ImageStream): string {
  return status?.publicDockerImageRepository ?? status?.dockerImageRepository ?? '';
}

function newestFirst(
  tags: readonly ImageStreamTagEvents[] = [],
): { readonly tag: string; readonly created: string }[] {
  return tags
    .map(({ tag, items }) => ({ tag, created: items[0]?.created ?? '' }))
    .sort((a, b) => b.created.localeCompare(a.created) || a.tag.localeCompare(b.tag));
}

function tagList(tags: readonly ImageStreamTagEvents[] | undefined): string {
  const names = newestFirst(tags).map(({ tag }) => tag);
  const more = names.length > TAGS_SHOWN ? ` + ${names.length - TAGS_SHOWN} more...` : '';
  return names.slice(0, TAGS_SHOWN).join(',') + more;
}

const UNITS = [
  ['second', 1, 60],
  ['minute', 60, 60],
  ['hour', 3600, 48],
  ['day', 86_400, 14],
  ['week', 604_800, 9],
  ['month', 2_592_000, 24],
  ['year', 31_536_000, Number.POSITIVE_INFINITY],
] as const;
const SINGLE: Readonly<Record<string, string>> = { minute: 'About a minute', hour: 'About an hour' };

/** `3 minutes ago`: github.com/docker/go-units HumanDuration, which oc prints. */
function ago(time: string | undefined, now: Date): string {
  if (!time) return '';
  const seconds = Math.max(0, Math.floor((now.getTime() - Date.parse(time)) / 1000));
  if (seconds < 1) return 'Less than a second ago';
  const [name, size] = UNITS.find(([, unit, limit]) => Math.floor(seconds / unit) < limit)!;
  const count = Math.floor(seconds / size);
  return `${count === 1 ? (SINGLE[name] ?? `1 ${name}`) : `${count} ${name}s`} ago`;
}
