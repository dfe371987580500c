import { type Digest, digestOf } from '../digest.ts';

/** The ID of a stack of layers, lowest first (OCI image-spec, config.md, "Layer ChainID"). */
export function chainId(diffIds: readonly Digest[]): Digest {
  const [first, ...rest] = diffIds;
  if (first === undefined) return digestOf('');
  return rest.reduce(extendChain, first);
}

/** The chain ID of a stack with one more layer on top; `parent` is undefined for the lowest. */
export function extendChain(parent: Digest | undefined, diffId: Digest): Digest {
  return parent === undefined ? diffId : digestOf(`${parent} ${diffId}`);
}
