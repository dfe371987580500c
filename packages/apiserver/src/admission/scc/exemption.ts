import type { Pod, SecurityContextConstraints } from '@slipway/kube';
import { serviceAccountUser } from '../../authn/user.ts';
import type { Authorizer } from '../../authz/authorizer.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { storedConstraints, tryConstraints } from './candidate.ts';
import { EVERYBODYS } from './predefined.ts';
import { mayUse } from './usable.ts';

/**
 * The SCC that was granted to the pod's ServiceAccount and allows the pod, where Pod Security refuses it: a grant by
 * OpenShift's command counts under either policy (docs/policy.md). What everybody may use is no grant.
 */
export function exemptingConstraints(
  store: ObjectStore,
  authorizer: Authorizer,
  pod: Pod,
  namespace: string,
): string | undefined {
  const account = serviceAccountUser(namespace, pod.spec.serviceAccountName ?? 'default', '');
  return sufficient(store, pod).find((scc) => mayUse(authorizer, scc, account, namespace))?.metadata.name;
}

/** The first SCC, of those that somebody has to be granted, that allows the pod. */
export function constraintsToGrant(store: ObjectStore, pod: Pod): string | undefined {
  return sufficient(store, pod)[0]?.metadata.name;
}

function sufficient(store: ObjectStore, pod: Pod): SecurityContextConstraints[] {
  return storedConstraints(store).filter(
    (scc) => !EVERYBODYS.has(scc.metadata.name) && tryConstraints(pod, scc, undefined).problems.length === 0,
  );
}
