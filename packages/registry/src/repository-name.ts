import { isRepositoryName, isTag } from '@slipway/oci';
import { RegistryError } from './registry-error.ts';

/** The text as a repository name (`namespace/name…`, at most 255 characters); throws NAME_INVALID. */
export function parseRepositoryName(text: string): string {
  if (isRepositoryName(text)) return text;
  throw new RegistryError('NAME_INVALID', `"${excerpt(text)}" is not a repository name`, {
    hint: 'use lower-case letters and digits, separated by ".", "_", "__", "-" or "/", at most 255 characters',
  });
}

/** The text as a tag; throws TAG_INVALID. */
export function parseTag(text: string): string {
  if (isTag(text)) return text;
  throw new RegistryError('TAG_INVALID', `"${excerpt(text)}" is not a tag`, {
    hint: 'use 1 to 128 letters, digits, "_", "." and "-", the first not "." or "-"',
  });
}

/** The first component of a repository name: in OpenShift's registry the Kubernetes namespace. */
export function namespaceOf(repository: string): string {
  const slash = repository.indexOf('/');
  return slash === -1 ? repository : repository.slice(0, slash);
}

/** Whether the repository mirrors one of another registry: its first component is a host name, as in `docker.io/library/golang`. */
export function isMirrorRepository(repository: string): boolean {
  return repository.includes('/') && namespaceOf(repository).includes('.');
}

/** Untrusted text for a message: at most 80 characters, control characters replaced. */
export function excerpt(text: string): string {
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f"]/g, '\ufffd');
  return clean.length > 80 ? `${clean.slice(0, 80)}…` : clean;
}
