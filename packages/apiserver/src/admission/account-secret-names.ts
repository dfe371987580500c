import type { ServiceAccount } from '@slipway/kube';
import { type AccountSecrets, isSecretNameOf, secretNameOf } from '../controllers/account-secrets.ts';
import type { AdmissionPlugin } from './admission.ts';

/** A new ServiceAccount names its Secrets from the start: whoever created it may update what it got back. */
export function accountSecretNames(accountSecrets: AccountSecrets): AdmissionPlugin {
  return {
    name: 'AccountSecretNames',
    admit({ operation, type, object }) {
      if (operation !== 'CREATE' || type.group !== '' || type.plural !== 'serviceaccounts') return;
      const account = object as ServiceAccount;
      const { name } = account.metadata;
      for (const purpose of accountSecrets.purposes) {
        // What an exported account names are the Secrets of another.
        const isOwn = (each: { name?: string }): boolean => isSecretNameOf(name, purpose, each.name);
        const own = { name: secretNameOf(name, purpose) };
        account.secrets = [...(account.secrets ?? []).filter((each) => !isOwn(each)), own];
        if (purpose !== 'dockercfg') continue;
        account.imagePullSecrets = [...(account.imagePullSecrets ?? []).filter((each) => !isOwn(each)), own];
      }
    },
  };
}
