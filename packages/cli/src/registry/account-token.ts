import { parseDuration, SlipwayError } from '@slipway/core';
import { isStatus, type KubeClient, resources, type TokenRequest } from '@slipway/kube';

const AUTHENTICATION = 'authentication.k8s.io/v1';

/** A token of a ServiceAccount, by the TokenRequest API. Throws ACCOUNT_UNKNOWN with the command that makes the account. */
export async function accountToken(
  client: KubeClient,
  account: { readonly namespace: string; readonly name: string },
  lifetime: string,
): Promise<{ readonly token: string; readonly expires: string }> {
  const { namespace, name } = account;
  const request: TokenRequest = {
    apiVersion: AUTHENTICATION,
    kind: 'TokenRequest',
    metadata: { name: '' },
    spec: { audiences: [], expirationSeconds: Math.round(parseDuration(lifetime) / 1000) },
  };
  try {
    const { status } = await client.create(resources.serviceaccounts, request, {
      namespace,
      name,
      subresource: 'token',
    });
    return { token: status?.token ?? '', expires: status?.expirationTimestamp ?? '' };
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
    throw new SlipwayError(
      'not-found',
      'ACCOUNT_UNKNOWN',
      `there is no ServiceAccount ${name} in namespace ${namespace}`,
      {
        hint: `make it with: kubectl create serviceaccount ${name} -n ${namespace}`,
        cause: error,
      },
    );
  }
}
