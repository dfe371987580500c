import { type Pod, resources, StatusError } from '@slipway/kube';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts';
import { describeGrant, describeViolations, levelOf, violations } from './policy.ts';
import type { Level, Violation } from './violation.ts';

/** Enforces the Pod Security level of a pod's namespace; a refusal names each field and the command that allows it. */
export function podSecurity(store: ObjectStore): AdmissionPlugin {
  return {
    name: 'PodSecurity',
    admit(request) {
      const { operation, type, namespace, object, subresource } = request;
      if (operation === 'DELETE' || type.group !== '' || type.plural !== 'pods' || subresource) return;
      const stored = store.get({ resource: '/namespaces', namespace: '', name: namespace });
      const labels = stored?.object.metadata.labels;
      warnOf(request, levelOf(labels, 'warn'));
      const level = levelOf(labels, 'enforce');
      const found = violations(object as Pod, level);
      if (found.length > 0) throw refusal(request, level, found, labels);
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
): StatusError {
  const why = `${describeViolations(level, found)}; ${describeGrant(namespace, found, labels)}`;
  const { status } = StatusError.forbidden(resources.pods, object.metadata.name, why);
  const causes = found.map(({ field, detail }) => ({
    reason: 'FieldValueForbidden',
    message: detail,
    field,
  }));
  return new StatusError({ ...status, details: { ...status.details, causes } });
}
