import { SlipwayError } from '@slipway/core';
import type { Reference } from './reference.ts';

/** Where else an image may be found. */
export interface MirrorTable {
  /** The references to try, in order; the original is the last. */
  resolve(ref: Reference): Reference[];
}

/** One line of a mirror table. */
export interface MirrorRule {
  /** A registry (`docker.io`), a registry and the start of a repository (`docker.io/library`), or `*` for any registry. */
  readonly from: string;
  /**
   * A registry with optional path. For `*` the original registry is added to it, so that `localhost:5000` finds
   * `docker.io/library/golang` at `localhost:5000/docker.io/library/golang`.
   */
  readonly to: string;
}

/** A table that tries the rules that fit, in their order. */
export function mirrorTable(rules: readonly MirrorRule[]): MirrorTable {
  return {
    resolve(ref) {
      const mirrored = rules.flatMap((rule) => applyRule(rule, ref) ?? []);
      return [...mirrored.filter(({ registry }) => registry !== ref.registry), ref];
    },
  };
}

/** Reads `docker.io=localhost:5000/docker.io,*=localhost:5000`. Throws MIRROR_INVALID. */
export function parseMirrorRules(text: string): MirrorRule[] {
  const parts = text.split(/[\s,]+/).filter((part) => part !== '');
  return parts.map((part) => {
    const [from = '', to = ''] = part.split('=');
    if (from !== '' && to !== '') return { from, to };
    throw new SlipwayError('invalid', 'MIRROR_INVALID', `"${part}" is not a mirror rule`, {
      hint: 'write it like docker.io=localhost:5000/docker.io',
    });
  });
}

function applyRule({ from, to }: MirrorRule, ref: Reference): Reference | undefined {
  const name = `${ref.registry}/${ref.repository}`;
  // A port may not stand in a repository name, so registries with one are only mirrored by a rule of their own.
  if (from === '*') return ref.registry.includes(':') ? undefined : moved(ref, `${to}/${name}`);
  if (name !== from && !name.startsWith(`${from}/`)) return undefined;
  return moved(ref, `${to}${name.slice(from.length)}`);
}

function moved(ref: Reference, name: string): Reference {
  const slash = name.indexOf('/');
  return { ...ref, registry: name.slice(0, slash), repository: name.slice(slash + 1) };
}
