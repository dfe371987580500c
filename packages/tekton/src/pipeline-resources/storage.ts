import type { Step } from '@slipway/kube';
import { RunFailure } from '../taskrun/run-failure.ts';
import { type BoundResource, paramOf } from './bound-resource.ts';
import { type StepContext, stepName, stepScript } from './resource-step.ts';

const ARCHIVES: Readonly<Record<string, string>> = {
  archive: 'zip',
  ziparchive: 'zip',
  targzarchive: 'tar.gz',
};

/** The step that brings a storage input into its folder. */
export function fetchStep(resource: BoundResource, context: StepContext): Step {
  const location = locationOf(resource, ['http:', 'https:', 'file:']);
  return {
    name: stepName('storage-fetch', resource.resourceName, resource, context),
    image: context.image,
    env: [
      { name: 'LOCATION', value: location },
      { name: 'TARGET', value: resource.path },
      { name: 'ARCHIVE', value: archiveOf(resource) },
      { name: 'IS_FOLDER', value: `${paramOf(resource.spec, 'dir') !== ''}` },
    ],
    script: stepScript('storage-fetch.cjs'),
  };
}

/** The step that copies a storage output to a folder of a volume, the only place that can be written to here. */
export function storeStep(resource: BoundResource, context: StepContext): Step {
  const target = decodeURIComponent(new URL(locationOf(resource, ['file:'])).pathname);
  return {
    name: stepName('upload', resource.resourceName, resource, context),
    image: context.image,
    command: ['sh', '-c', 'mkdir -p "$2" && cp -R "$1/." "$2"', 'upload', resource.path, target],
  };
}

/** What is unpacked; a plain copy otherwise. */
function archiveOf(resource: BoundResource): string {
  if (paramOf(resource.spec, 'type').toLowerCase() !== 'build-gcs') return '';
  const type = paramOf(resource.spec, 'artifactType');
  const archive = ARCHIVES[type.toLowerCase()];
  if (archive) return archive;
  const why = type === '' ? 'it has no param "artifactType"' : `artifactType "${type}" is not supported`;
  throw invalid(resource, `${why}: write ZipArchive or TarGzArchive`);
}

function locationOf(resource: BoundResource, schemes: readonly string[]): string {
  const type = paramOf(resource.spec, 'type').toLowerCase();
  if (type !== 'gcs' && type !== 'build-gcs') {
    throw invalid(resource, 'its param "type" must be gcs or build-gcs');
  }
  const location = paramOf(resource.spec, 'location');
  if (location === '') throw invalid(resource, 'it has no param "location"');
  const scheme = URL.parse(location)?.protocol ?? '';
  if (schemes.includes(scheme)) return location;
  const known = schemes.map((name) => `${name}//`).join(', ');
  const why =
    scheme === 'gs:'
      ? 'Google Cloud Storage needs gsutil, which is not here: copy the files in a step of your own (image google/cloud-sdk, "gsutil cp"), or'
      : `"${location}" cannot be used here:`;
  throw invalid(resource, `${why} give a location that starts with ${known}`);
}

function invalid({ resourceName }: BoundResource, why: string): RunFailure {
  const message = `PipelineResource "${resourceName}" of type storage: ${why}`;
  return RunFailure.ofUser('TaskRunValidationFailed', message);
}
