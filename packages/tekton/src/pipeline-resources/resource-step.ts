import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SUFFIX_LENGTH, suffixFor } from '@slipway/kube';
import type { BoundResource } from './bound-resource.ts';

/** What the steps of resources have in common. */
export interface StepContext {
  /** The image in which they run: Node, git, busybox. */
  readonly image: string;
  /** Tells the steps of one run from those of another. */
  readonly runUid: string;
}

const folder = join(import.meta.dirname, '../../steps');
const scripts = new Map<string, string>();

/** The text of a script of the folder `steps`. Values reach it by its environment only: spliced into it, they would be code. */
export function stepScript(file: string): string {
  const text = scripts.get(file) ?? readFileSync(join(folder, file), 'utf8');
  scripts.set(file, text);
  return text;
}

/** The container's name is a label of 63 characters that starts with `step-`. */
const MAX_NAME = 63 - 'step-'.length;

/**
 * `<prefix>-<name>-<5 letters>`, as Tekton names these steps. The letters follow from the run: a second look at it, after a
 * restart, finds the same Pod.
 */
export function stepName(
  prefix: string,
  name: string,
  resource: BoundResource | undefined,
  { runUid }: StepContext,
): string {
  const suffix = suffixFor(runUid, prefix, resource?.path ?? '', resource?.declaration.name ?? '');
  const base = `${prefix}-${name}`.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return `${base.slice(0, MAX_NAME - SUFFIX_LENGTH - 1).replace(/-+$/, '')}-${suffix}`;
}
