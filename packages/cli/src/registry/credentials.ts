import { SlipwayError } from '@slipway/core';
import { type ConfigMap, type Secret, stringifyYaml } from '@slipway/kube';
import { applyObject } from '../apply.ts';
import { openSession, type Session } from '../session.ts';
import { accountToken } from './account-token.ts';
import { dockerConfig } from './docker-config.ts';
import { registryHosts } from './place.ts';

export interface CredentialsOptions {
  readonly serviceaccount: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly registry: string[];
  readonly expires: string;
  readonly apply?: boolean;
  readonly context?: string;
  readonly stateDir?: string;
  readonly output: 'docker-config' | 'secret' | 'configmap';
}

/** `slipway registry credentials`: a config.json for the registry's names, alone or in an object that pods can mount. */
export async function credentials(options: CredentialsOptions): Promise<void> {
  if (options.apply && options.output === 'docker-config') {
    throw new SlipwayError('usage', 'APPLY_WHAT', 'a docker config is no object of the cluster', {
      hint: 'add -o secret or -o configmap to --apply',
    });
  }
  await using session = await openSession(options);
  const namespace = options.namespace ?? session.namespace;
  const hosts = hostsOf(options, session);
  const account = { namespace, name: options.serviceaccount };
  const { token } = await accountToken(session.client, account, options.expires);
  const config = dockerConfig(hosts, { username: 'serviceaccount', password: token });
  if (options.output === 'docker-config') {
    process.stdout.write(`${config}\n`);
    return;
  }
  const name = options.name ?? `${options.serviceaccount}-docker-config`;
  const object =
    options.output === 'secret' ? secret(namespace, name, config) : configMap(namespace, name, config);
  if (!options.apply) {
    process.stdout.write(stringifyYaml(object));
    return;
  }
  await applyObject(session.client, object, namespace);
  process.stdout.write(`${options.output}/${name} in namespace ${namespace} applied\n`);
}

function hostsOf({ registry }: CredentialsOptions, { embedded }: Session): readonly string[] {
  if (registry.length > 0) return registry;
  if (embedded !== undefined) return registryHosts(embedded.registry);
  throw new SlipwayError('usage', 'REGISTRY_UNKNOWN', 'which registry of the cluster is not known', {
    hint: 'name it: --registry image-registry.openshift-image-registry.svc:5000',
  });
}

/** What `imagePullSecrets` and kaniko's /kaniko/.docker volume take. */
function secret(namespace: string, name: string, config: string): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': Buffer.from(config).toString('base64') },
  };
}

function configMap(namespace: string, name: string, config: string): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
    data: { 'config.json': config },
  };
}
