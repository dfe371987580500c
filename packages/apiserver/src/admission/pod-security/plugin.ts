import { type Pod, resources, StatusError } from '@slipway/kube';
import type { Authorizer } from '../../authz/authorizer.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts';
import { constraintsToGrant, exemptingConstraints } from '../scc/exemption.ts';
import { grantCommands } from '../scc/grants.ts';
import { SCC_ANNOTATION } from '../scc/plugin.ts';
import { describeGrant, describeViolations, levelOf, violations } from './policy.ts';
import type { Level, Violation } from './violation.ts';

export interface PodSecurityOptions {
  readonly store: ObjectStore;
  readonly authorizer: Authorizer;
  /** The level of a namespace without a label. */
  readonly defaultLevel: Level;
}

/**
 * Enforces the Pod Security level of a pod's namespace; a refusal names each field and the commands that allow it. A
 * ServiceAccount that was granted an SCC may have what that SCC allows.
 */
export function podSecurity({ store, authorizer, defaultLevel }: PodSecurityOptions): AdmissionPlugin {
  return {
    name: 'PodSecurity',
    admit(request) {
      const { operation, type, namespace, object, subresource } = request;
      // What a pod may change is nothing that a level looks at.
      if (operation !== 'CREATE' || type.group !== '' || type.plural !== 'pods' || subresource) return;
      const stored = store.get({ resource: '/namespaces', namespace: '', name: namespace });
      const labels = stored?.object.metadata.labels;
      warnOf(request, levelOf(labels, 'warn', 'privileged'));
      const level = levelOf(labels, 'enforce', defaultLevel);
      const found = violations(object as Pod, level);
      if (found.length === 0) return;
      const scc = exemptingConstraints(store, authorizer, object as Pod, namespace);
      if (scc === undefined) {
        throw refusal(request, level, found, labels, constraintsToGrant(store, object as Pod));
      }
      const { metadata } = object;
      metadata.annotations = { ...metadata.annotations, [SCC_ANNOTATION]: scc };
    },
  };
}

function warnOf({ object, warn }: AdmissionRequest, level: Level): void {
  const found = violations(object as Pod, level);
  if (found.length > 0) warn(`would ${describeViolations(level, found).replace('violates', 'violate')}`);
}

function refusal(
  { object, namespace }: AdmissionRequest,
  level: Level,
  found: readonly Violation[],
  labels: Readonly<Record<string, string>> | undefined,
  scc: string | undefined,
): StatusError {
  const why = `${describeViolations(level, found)}; ${describeGrant(namespace, found, labels)}`;
  const account = (object as Pod).spec.serviceAccountName ?? 'default';
  const forAccount = scc === undefined ? '' : grantCommands(scc, account, namespace).join('\nor: ');
  const alone = forAccount && `\nor to the ServiceAccount "${account}" alone by: ${forAccount}`;
  const message = `${why}${alone}\nthen try again`;
  const { status } = StatusError.forbidden(resources.pods, object.metadata.name, message);
  const causes = found.map(({ field, detail }) => ({
    reason: 'FieldValueForbidden',
    message: detail,
    field,
  }));
  return new StatusError({ ...status, details: { ...status.details, causes } });
}
