import { sendEmpty } from '../http/respond.ts';
import type { Exchange, RegistryContext } from '../registry-context.ts';
import { RegistryError } from '../registry-error.ts';
import type { Route } from '../route.ts';

/** DELETE of a blob (end-10): takes it out of this repository; garbage collection removes the content that none shows. */
export async function deleteBlob(
  context: RegistryContext,
  { response }: Exchange,
  { repository, digest }: Extract<Route, { kind: 'blob' }>,
): Promise<void> {
  const removed = await context.metadata.change((writer) => {
    const manifest = context.metadata.linkedFrom(repository, digest);
    if (manifest !== undefined) {
      throw new RegistryError(
        'UNSUPPORTED',
        `the manifest ${manifest} of ${repository} needs the blob ${digest}`,
        {
          hint: 'delete the manifest first',
        },
      );
    }
    return writer.unlinkBlob(repository, digest);
  });
  if (!removed) throw new RegistryError('BLOB_UNKNOWN', `${repository} has no blob ${digest}`);
  sendEmpty(response, 202);
}
