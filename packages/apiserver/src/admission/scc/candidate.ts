import type { Pod, SecurityContextConstraints } from '@slipway/kube';
import type { ObjectStore } from '../../storage/object-store.ts';
import { assignDefaults } from './assign.ts';
import { problemsOf } from './check.ts';
import type { NamespaceRanges } from './namespace-ranges.ts';
import { inOrder } from './order.ts';
import type { Problem } from './problem.ts';
import { SCC_GROUP, SCC_RESOURCE } from './usable.ts';

/** All SCCs there are, in the order in which they are tried. */
export function storedConstraints(store: ObjectStore): SecurityContextConstraints[] {
  const { items } = store.list({ resource: `${SCC_GROUP}/${SCC_RESOURCE}` });
  return inOrder(items.map(({ object }) => object as SecurityContextConstraints));
}

/** The pod as it would be under the SCC, and what keeps it from being so. The pod given stays as it is. */
export function tryConstraints(
  pod: Pod,
  scc: SecurityContextConstraints,
  ranges: NamespaceRanges | undefined,
): { readonly pod: Pod; readonly problems: readonly Problem[] } {
  const copy = structuredClone(pod);
  assignDefaults(copy, scc, ranges);
  return { pod: copy, problems: problemsOf(copy, scc, ranges) };
}
