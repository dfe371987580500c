import type { MetadataWriter } from './metadata/metadata-store.ts';
import type { RegistryContext } from './registry-context.ts';
import { RegistryError } from './registry-error.ts';
import { namespaceOf } from './repository-name.ts';

/** Bytes that the repository's namespace may still take. */
export async function roomIn(context: RegistryContext, repository: string): Promise<number> {
  const namespace = namespaceOf(repository);
  const quota = await context.quota?.(namespace);
  return quota === undefined
    ? Number.POSITIVE_INFINITY
    : Math.max(0, quota - context.metadata.namespaceBytes(namespace));
}

/**
 * Runs a change unless it takes the repository's namespace over its quota, also when several pushes that have room one by
 * one end at the same moment. Throws DENIED, and then nothing of the change is kept.
 */
export async function changeWithinQuota(
  { metadata, quota: hook }: RegistryContext,
  repository: string,
  change: (writer: MetadataWriter) => void,
): Promise<void> {
  const namespace = namespaceOf(repository);
  const quota = await hook?.(namespace);
  await metadata.change((writer) => {
    if (quota === undefined) return change(writer);
    const before = metadata.namespaceBytes(namespace);
    change(writer);
    const added = metadata.namespaceBytes(namespace) - before;
    // What adds nothing is welcome in a namespace that is over its quota already.
    if (added > 0 && before + added > quota) throw overQuota(added, Math.max(0, quota - before));
  });
}

/** The refusal of a blob for which the namespace has no room. */
export function overQuota(bytes: number, room: number): RegistryError {
  return new RegistryError(
    'DENIED',
    `the namespace's quota leaves room for ${room} bytes, this is ${bytes} or more`,
    {
      hint: 'delete images that are not needed and collect garbage, or ask for a larger quota',
    },
  );
}
