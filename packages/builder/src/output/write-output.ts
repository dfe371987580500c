import { applyLayer, diffLayer } from '@slipway/oci';
import type { AssembledImage } from '../assemble-image.ts';
import { viewLayers } from '../image/root-view.ts';
import type { BuildSession } from '../session.ts';
import { dockerArchiveFiles, ociLayoutFiles } from './image-files.ts';
import type { OutputSpec } from './output-spec.ts';
import { tarOf, writeFolder, writeStream } from './write-files.ts';

/** Writes the image to one output, as a step of the build. */
export async function writeOutput(
  session: BuildSession,
  image: AssembledImage,
  spec: OutputSpec,
): Promise<void> {
  const { reporter, signal } = session;
  const where = spec.dest === '-' ? 'standard output' : spec.dest;
  await reporter.step(
    `write ${spec.type} to ${where}`,
    async () => {
      await write(session, image, spec);
      return {};
    },
    signal,
  );
}

async function write(session: BuildSession, image: AssembledImage, spec: OutputSpec): Promise<void> {
  const { store, signal } = session;
  const { type, dest, names = [] } = spec;
  switch (type) {
    case 'oci-layout':
      return await writeFolder(dest, ociLayoutFiles(image, names), store);
    case 'oci':
      return await writeStream(dest, tarOf(ociLayoutFiles(image, names), store), signal);
    case 'docker':
      return await writeStream(dest, tarOf(dockerArchiveFiles(image, names), store), signal);
    case 'tar':
    case 'local':
      return await writeRoot(session, image, spec);
  }
}

/** The merged root filesystem. A folder's files belong to whoever asked, as docker's do: other owners would need root to remove. */
async function writeRoot(session: BuildSession, image: AssembledImage, spec: OutputSpec): Promise<void> {
  const { signal, scratch } = session;
  await using view = await viewLayers(session, image.layers);
  const tar = diffLayer(view.path ?? (await scratch.subfolder('empty')), { signal });
  if (spec.type === 'tar') await writeStream(spec.dest, tar, signal);
  else await applyLayer(spec.dest, tar, { owner: 'ignore', xattrs: 'ignore', signal });
}
