import type { KubeObject } from '@slipway/kube';
import { isFilled } from './json.ts';

/** The annotations with the JSON of each value that there is. */
export function annotated(
  annotations: Readonly<Record<string, string>> | undefined,
  values: Readonly<Record<string, unknown>>,
): Record<string, string> | undefined {
  const entries = Object.entries(values).filter(([, value]) => isFilled(value));
  if (entries.length === 0) return annotations === undefined ? undefined : { ...annotations };
  const texts = entries.map(([name, value]) => [name, JSON.stringify(value)] as const);
  return { ...annotations, ...Object.fromEntries(texts) };
}

/** The annotations without these, and undefined when none is left. */
export function unannotated(
  annotations: Readonly<Record<string, string>> | undefined,
  names: readonly string[],
): Record<string, string> | undefined {
  const kept = Object.entries(annotations ?? {}).filter(([name]) => !names.includes(name));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/** The metadata with other annotations. */
export function withAnnotations(
  metadata: KubeObject['metadata'],
  annotations: Record<string, string> | undefined,
): KubeObject['metadata'] {
  const { annotations: _, ...rest } = metadata;
  return annotations === undefined ? rest : { ...rest, annotations };
}
