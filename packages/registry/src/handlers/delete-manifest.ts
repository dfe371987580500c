import { sendEmpty } from '../http/respond.ts';
import type { Exchange, RegistryContext } from '../registry-context.ts';
import { RegistryError } from '../registry-error.ts';
import type { Route } from '../route.ts';
import { findManifest, manifestUnknown } from './get-manifest.ts';

/** DELETE of a manifest (end-9): by tag takes only the tag away, by digest the manifest with all its tags. */
export async function deleteManifest(
  context: RegistryContext,
  { response, identity }: Exchange,
  { repository, reference }: Extract<Route, { kind: 'manifest' }>,
): Promise<void> {
  const digest = await context.metadata.change((writer) => {
    const found = findManifest(context, repository, reference);
    if (found === undefined) throw manifestUnknown(context, repository, reference);
    if ('tag' in reference) {
      writer.deleteTag(repository, reference.tag);
      return found.digest;
    }
    const index = context.metadata.linkedFrom(repository, found.digest);
    if (index !== undefined) {
      throw new RegistryError(
        'UNSUPPORTED',
        `the index ${index} of ${repository} needs the manifest ${found.digest}`,
        {
          hint: 'delete the index first',
        },
      );
    }
    writer.deleteManifest(repository, found.digest);
    return found.digest;
  });
  const tag = 'tag' in reference ? reference.tag : undefined;
  await context.notify({ repository, tag, digest, action: 'delete', identity });
  sendEmpty(response, 202);
}
