import { j, root, struct, type TypeTable } from '../table.ts';

/** Image streams (image.openshift.io/v1), as far as a registry fills them. */
export const imageTypes: TypeTable = {
  ImageStream: root('A repository of the registry, and what its tags point at.', {
    spec: j('ImageStreamSpec', 'What is wanted of it.'),
    status: j('ImageStreamStatus', 'Where it is and what it holds.'),
  }),
  ImageStreamSpec: struct('What is wanted of an image stream.', {
    lookupPolicy: j('ImageLookupPolicy', 'Whether pods may name its tags without the registry.'),
    dockerImageRepository: j('string', 'Another registry that it follows; kept, not followed.'),
    tags: j('TagReference[name]', 'Tags that point elsewhere; kept, not followed.'),
  }),
  ImageLookupPolicy: struct('How references to the stream are resolved.', {
    local: j('boolean', 'Names of tags stand for their images.', { default: false }),
  }),
  TagReference: struct('A tag that points elsewhere.', { name: j('string!', 'The tag.') }, { open: true }),
  ImageStreamStatus: struct('Where the repository is and what it holds.', {
    dockerImageRepository: j('string', 'The repository, by the name that the registry has inside pods.'),
    publicDockerImageRepository: j('string', 'The repository, by the address that the registry has outside.'),
    tags: j('NamedTagEventList[tag]', 'The tags with their images.'),
  }),
  NamedTagEventList: struct('What a tag points at, and what it pointed at before.', {
    tag: j('string!', 'The tag.'),
    items: j('TagEvent[]', 'Its images, the newest first.'),
    conditions: j('TagEventCondition[type]', 'What keeps the tag from being up to date.'),
  }),
  TagEvent: struct('One image that a tag pointed at.', {
    created: j('time', 'When the tag was set to it.'),
    dockerImageReference: j('string', 'The image by digest.'),
    image: j('string', 'The digest of its manifest.'),
    generation: j('int64', 'The generation of the stream at that time.'),
  }),
  TagEventCondition: struct(
    'What keeps a tag from being up to date.',
    { type: j('string!') },
    { open: true },
  ),
  ImageStreamTag: root('One tag of an image stream; its name is <stream>:<tag>.', {
    tag: j('TagReference', 'Where the tag points, when it points elsewhere.'),
    generation: j('int64', 'The generation of the stream when the tag was set.'),
    lookupPolicy: j('ImageLookupPolicy', 'As the stream has it.'),
    conditions: j('TagEventCondition[type]', 'What keeps the tag from being up to date.'),
    image: j('Image', 'The image that it points at.'),
  }),
  Image: struct('An image of the registry.', {
    metadata: j('ObjectMeta', 'Its name is the digest of the manifest.'),
    dockerImageReference: j('string', 'The image by digest.'),
    dockerImageMetadata: j('any', 'Its configuration.'),
    dockerImageMetadataVersion: j('string', 'The version of dockerImageMetadata.'),
    dockerImageManifestMediaType: j('string', 'The media type of the manifest.'),
    dockerImageLayers: j('ImageLayer[]', 'Its layers, the lowest first.'),
    dockerImageManifests: j('ImageManifest[]', 'The images of an index.'),
  }),
  ImageLayer: struct('One layer.', {
    name: j('string!', 'The digest of its blob.'),
    size: j('int64!', 'Bytes of its blob.'),
    mediaType: j('string!', 'The media type of its blob.'),
  }),
  ImageManifest: struct('The image of an index for one platform.', {
    digest: j('string!', 'The digest of its manifest.'),
    mediaType: j('string!', 'The media type of its manifest.'),
    manifestSize: j('int64!', 'Bytes of its manifest.'),
    architecture: j('string!', 'The processor, like amd64.'),
    os: j('string!', 'The system, like linux.'),
    variant: j('string', 'The variant of the processor, like v8.'),
  }),
};
