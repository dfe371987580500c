import type { Dockerfile, Warning } from './dockerfile.ts';

/** BuildKit's lint rules that the tree alone can tell. */
export function lint(_dockerfile: Dockerfile): Warning[] {
  return [];
}
