import { type Pod, resources, type SecurityContextConstraints, StatusError } from '@slipway/kube';
import { CONTROL_PLANE, serviceAccountUser, type UserInfo } from '../../authn/user.ts';
import type { Authorizer } from '../../authz/authorizer.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts';
import { storedConstraints, tryConstraints } from './candidate.ts';
import { grantCommands } from './grants.ts';
import { type NamespaceRanges, namespaceRanges, UID_RANGE } from './namespace-ranges.ts';
import { describeProblem } from './problem.ts';
import { mayUse } from './usable.ts';

/** Names the SCC under which a pod was admitted. */
export const SCC_ANNOTATION = 'openshift.io/scc';

/**
 * Admits each new pod under the first SCC that it fits and that its creator or its ServiceAccount may use, and gives it
 * what that SCC prescribes, as OpenShift. A change of a pod cannot touch what SCCs are about, and is not looked at.
 */
export function sccAdmission(store: ObjectStore, authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'SecurityContextConstraint',
    admit(request) {
      const { operation, type, namespace, object, subresource } = request;
      if (operation !== 'CREATE' || type.group !== '' || type.plural !== 'pods' || subresource) return;
      const ranges = rangesOf(store, request);
      const attempts: string[] = [];
      const unusable: SecurityContextConstraints[] = [];
      const users = usersOf(request);
      for (const scc of storedConstraints(store)) {
        if (!users.some((user) => mayUse(authorizer, scc, user, namespace))) {
          unusable.push(scc);
          attempts.push(`provider "${scc.metadata.name}": Forbidden: not usable by user or serviceaccount`);
          continue;
        }
        const { pod, problems } = tryConstraints(object as Pod, scc, ranges);
        if (problems.length === 0) {
          admitUnder(scc.metadata.name, object as Pod, pod);
          return;
        }
        attempts.push(...problems.map((each) => `provider ${scc.metadata.name}: ${describeProblem(each)}`));
      }
      const wanted = unusable.find((scc) => tryConstraints(object as Pod, scc, ranges).problems.length === 0);
      throw refusal(request, attempts, wanted?.metadata.name);
    },
  };
}

function rangesOf(store: ObjectStore, { namespace, object }: AdmissionRequest): NamespaceRanges {
  const stored = store.get({ resource: '/namespaces', namespace: '', name: namespace });
  const ranges = namespaceRanges(stored?.object.metadata.annotations);
  if (ranges !== undefined) return ranges;
  const why = `unable to find annotation ${UID_RANGE} in namespace ${namespace}`;
  throw StatusError.forbidden(resources.pods, object.metadata.name, why);
}

/** A controller makes pods for others: what it may do itself is not theirs. */
function usersOf({ user, namespace, object }: AdmissionRequest): UserInfo[] {
  const account = serviceAccountUser(namespace, (object as Pod).spec.serviceAccountName ?? 'default', '');
  return user.username === CONTROL_PLANE.username ? [account] : [user, account];
}

function admitUnder(scc: string, object: Pod, admitted: Pod): void {
  object.spec = admitted.spec;
  object.metadata.annotations = { ...object.metadata.annotations, [SCC_ANNOTATION]: scc };
}

function refusal(
  { namespace, object }: AdmissionRequest,
  attempts: readonly string[],
  wanted: string | undefined,
): StatusError {
  const tried = `unable to validate against any security context constraint: [${attempts.join(', ')}]`;
  const account = (object as Pod).spec.serviceAccountName ?? 'default';
  const grant =
    wanted === undefined
      ? ''
      : `\nallowed by "${wanted}", granted by: ${grantCommands(wanted, account, namespace).join('\nor by: ')}\nthen try again`;
  return StatusError.forbidden(resources.pods, object.metadata.name, tried + grant);
}
