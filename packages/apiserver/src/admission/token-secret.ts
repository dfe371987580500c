import type { Secret } from '@slipway/kube';
import type { ServiceAccountTokens } from '../authn/service-account-tokens.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { AdmissionPlugin } from './admission.ts';

export const TOKEN_TYPE = 'kubernetes.io/service-account-token';
export const ACCOUNT_NAME = 'kubernetes.io/service-account.name';
export const ACCOUNT_UID = 'kubernetes.io/service-account.uid';

/** Fills a new Secret of type `kubernetes.io/service-account-token` with the token of the account that it names. */
export function tokenSecret(store: ObjectStore, tokens: ServiceAccountTokens, ca: string): AdmissionPlugin {
  return {
    name: 'TokenSecret',
    async admit({ operation, type, namespace, object }) {
      if (operation !== 'CREATE' || type.group !== '' || type.plural !== 'secrets') return;
      const secret = object as Secret;
      if (secret.type !== TOKEN_TYPE) return;
      const name = secret.metadata.annotations?.[ACCOUNT_NAME] ?? '';
      const account = store.get({ resource: '/serviceaccounts', namespace, name });
      // Without the account, validation or nothing at all will use it: an empty Secret lets nobody in.
      if (account === undefined) return;
      const token = await tokens.issueLegacy(account.object, secret.metadata.name);
      secret.metadata.annotations = { ...secret.metadata.annotations, [ACCOUNT_UID]: account.uid };
      secret.data = {
        ...secret.data,
        'ca.crt': base64(ca),
        namespace: base64(namespace),
        token: base64(token),
      };
    },
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
