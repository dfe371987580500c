import { type ConfigMap, randomSuffix, StatusError, type StatusReason } from '@slipway/kube';

/** A ConfigMap with a name of its own, so that no test meets the objects of another. */
export function configMap(
  namespace: string,
  data: Record<string, string> = { key: 'value' },
  labels: Record<string, string> = {},
): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `contract-${randomSuffix(8)}`, namespace, labels },
    data,
  };
}

/** A check for `assert.rejects`: the API's answer with this reason. */
export function withReason(reason: StatusReason): (error: unknown) => boolean {
  return (error) => {
    if (error instanceof StatusError && error.status.reason === reason) return true;
    throw new Error(`want a StatusError with reason ${reason}, got: ${String(error)}`, { cause: error });
  };
}
