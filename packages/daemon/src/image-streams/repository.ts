import { namespaceOf } from '@slipway/registry';

/** A repository that an image stream stands for. */
export interface StreamKey {
  readonly namespace: string;
  readonly name: string;
}

/**
 * The image stream of a repository, or undefined: mirrors have none, nor has a repository that is not `<namespace>/<name>`,
 * since the name of an object has no slash.
 */
export function streamOf(repository: string): StreamKey | undefined {
  const [namespace = '', name, ...rest] = repository.split('/');
  if (name === undefined || rest.length > 0 || namespaceOf(repository).includes('.')) return undefined;
  return { namespace, name };
}

/** `team/app`: the repository of an image stream. */
export function repositoryOf({ namespace, name }: StreamKey): string {
  return `${namespace}/${name}`;
}

/** Splits the name of an image stream tag: `app:1.0` → `app`, `1.0`. */
export function splitTagName(name: string): { readonly stream: string; readonly tag: string } {
  const colon = name.indexOf(':');
  return colon === -1
    ? { stream: name, tag: '' }
    : { stream: name.slice(0, colon), tag: name.slice(colon + 1) };
}
