import type { AdmissionPlugin } from '@slipway/apiserver';
import {
  invalidField,
  isStatus,
  type KubeClient,
  type Namespace,
  parseQuantity,
  resources,
  StatusError,
} from '@slipway/kube';
import type { QuotaHook } from '@slipway/registry';

/** The annotation of a Namespace that says how many bytes its repositories may hold together, like `10Gi`. */
const QUOTA_ANNOTATION = 'slipway.dev/registry-quota';

/** The quota of each namespace, from its annotation. */
export function registryQuota(client: KubeClient): QuotaHook {
  return async (name) => {
    const namespace = await client.get<Namespace>(resources.namespaces, name).catch((error: unknown) => {
      if (isStatus(error, 'NotFound')) return undefined;
      throw error;
    });
    const quota = namespace?.metadata.annotations?.[QUOTA_ANNOTATION];
    return quota === undefined ? undefined : Math.floor(parseQuantity(quota));
  };
}

/** Refuses a Namespace whose quota is not an amount of bytes. */
export function quotaAdmission(): AdmissionPlugin {
  return {
    name: 'RegistryQuota',
    admit({ operation, type, name, object }) {
      if (operation === 'DELETE' || type.group !== '' || type.plural !== 'namespaces') return;
      const quota = object.metadata.annotations?.[QUOTA_ANNOTATION];
      if (quota === undefined || isBytes(quota)) return;
      const problem = 'must be an amount of bytes, like 500Mi or 10Gi';
      throw StatusError.invalid('Namespace', name, [
        invalidField(`metadata.annotations[${QUOTA_ANNOTATION}]`, quota, problem),
      ]);
    },
  };
}

function isBytes(quota: string): boolean {
  try {
    return parseQuantity(quota) >= 0;
  } catch {
    return false; // the caller words the refusal
  }
}
