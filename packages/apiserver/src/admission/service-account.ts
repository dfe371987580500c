import {
  type Container,
  type Pod,
  randomSuffix,
  resources,
  type ServiceAccount,
  StatusError,
  type Volume,
} from '@slipway/kube';
import type { ObjectStore } from '../storage/object-store.ts';
import type { AdmissionPlugin } from './admission.ts';

const TOKEN_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';
// One hour and a little: the runner renews a token before it ends, and old clients that never read it again are warned.
const TOKEN_SECONDS = 3607;

/** Gives each new pod its ServiceAccount, that account's pull secrets, and a volume with its token. */
export function serviceAccountAdmission(store: ObjectStore): AdmissionPlugin {
  return {
    name: 'ServiceAccount',
    admit({ operation, type, namespace, object, subresource }) {
      if (operation !== 'CREATE' || type.group !== '' || type.plural !== 'pods' || subresource) return;
      const pod = object as Pod;
      const { spec } = pod;
      const name = spec.serviceAccountName || 'default';
      Object.assign(spec, { serviceAccountName: name, serviceAccount: name });
      const stored = store.get({ resource: '/serviceaccounts', namespace, name });
      if (stored === undefined) {
        const why = `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`;
        throw StatusError.forbidden(resources.pods, pod.metadata.name, why);
      }
      const account = stored.object as ServiceAccount;
      if (!spec.imagePullSecrets?.length && account.imagePullSecrets?.length) {
        spec.imagePullSecrets = structuredClone(account.imagePullSecrets);
      }
      const automount = spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;
      if (automount) mountToken(pod);
    },
  };
}

function mountToken({ spec }: Pod): void {
  const isMounted = (container: Container): boolean =>
    (container.volumeMounts ?? []).some(({ mountPath }) => mountPath === TOKEN_FOLDER);
  const containers = [...(spec.initContainers ?? []), ...spec.containers].filter((each) => !isMounted(each));
  if (containers.length === 0) return;
  const name = `kube-api-access-${randomSuffix()}`;
  for (const container of containers) {
    container.volumeMounts = [
      ...(container.volumeMounts ?? []),
      { name, readOnly: true, mountPath: TOKEN_FOLDER },
    ];
  }
  spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
}

function tokenVolume(name: string): Volume {
  const namespaceFile = {
    path: 'namespace',
    fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' },
  };
  return {
    name,
    projected: {
      defaultMode: 0o644,
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [namespaceFile] } },
      ],
    },
  };
}
