import type { EnvVar, Step } from '@slipway/kube';
import type { PipelineResourceSpec } from '../versions/annotations.ts';
import { type BoundResource, paramOf } from './bound-resource.ts';
import { type StepContext, stepName, stepScript } from './resource-step.ts';

/** What a cluster resource says of itself; `cadata` in base64. */
export interface ClusterFields {
  readonly name: string;
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly token: string;
  readonly namespace: string;
  readonly insecure: boolean;
  readonly cadata: string;
}

/** Reads the parameters of a cluster resource. Without certificates nothing can be verified. */
export function clusterFields(spec: PipelineResourceSpec, resourceName: string): ClusterFields {
  const field = (name: string): string => paramOf(spec, name);
  const cadata = field('cadata');
  const hasCertificates = cadata !== '' || (spec.secrets ?? []).some(isNamed('cadata'));
  return {
    name: field('name') || resourceName,
    url: field('url'),
    username: field('username'),
    password: field('password'),
    token: field('token'),
    namespace: field('namespace'),
    insecure: !hasCertificates || ['true', '1', 't'].includes(field('insecure').toLowerCase()),
    cadata,
  };
}

const isNamed =
  (name: string) =>
  ({ fieldName }: { fieldName: string }): boolean =>
    fieldName.toLowerCase() === name;

/** The step that writes the kubeconfig to `/workspace/<cluster>/kubeconfig`, and to the resource's own folder. */
export function clusterStep(resource: BoundResource, context: StepContext): Step {
  const { spec, resourceName, path } = resource;
  const fields = clusterFields(spec, resourceName);
  const files = new Set([`/workspace/${fields.name}/kubeconfig`, `${path}/kubeconfig`]);
  const secrets = (spec.secrets ?? []).map(
    ({ fieldName, secretName, secretKey }): EnvVar => ({
      name: fieldName.toUpperCase(),
      valueFrom: { secretKeyRef: { name: secretName, key: secretKey } },
    }),
  );
  return {
    name: stepName('kubeconfig', '', resource, context),
    image: context.image,
    env: [
      { name: 'CLUSTER', value: JSON.stringify(fields) },
      { name: 'FILES', value: JSON.stringify([...files]) },
      ...secrets,
    ],
    script: stepScript('kubeconfig.cjs'),
  };
}
