import { compact, isFilled, type Json, jsonOf, renamed } from './json.ts';
import { type Rewriting, rewriteResources } from './references.ts';

/** A v1alpha1 run's spec without the fields that only the first versions of Tekton had; what they said is in today's. */
export function runSpecToBeta(spec: Json, note?: Rewriting['note']): Json {
  const { trigger, results, generation, serviceAccount, nodeSelector, tolerations, affinity, ...rest } = spec;
  const { podTemplate } = rest;
  const pod = compact({ nodeSelector, tolerations, affinity });
  return compact({
    ...rest,
    params: rewriteResources(rest.params, { braces: true, note }),
    serviceAccountName: rest.serviceAccountName || serviceAccount,
    podTemplate: isFilled(pod) ? { ...pod, ...jsonOf(podTemplate) } : podTemplate,
  });
}

/** A bundle as today's resolver of bundles is asked for it (upstream's conversion); admission refuses new ones. */
export function refToV1(ref: Json, kind: string): Json {
  const { bundle, name, ...rest } = ref;
  if (typeof bundle !== 'string' || bundle === '') return compact({ ...ref, bundle: undefined });
  const params = [
    { name: 'bundle', value: bundle },
    { name: 'name', value: name ?? '' },
    { name: 'kind', value: kind },
  ];
  return { ...renamed(rest, { kind: '', apiVersion: '' }), resolver: 'bundles', params };
}

const OVERRIDES = { stepOverrides: 'stepSpecs', sidecarOverrides: 'sidecarSpecs' };
const SPECS = { stepSpecs: 'stepOverrides', sidecarSpecs: 'sidecarOverrides' };

/** `stepOverrides` and `sidecarOverrides` under their later names. */
export function overridesToV1(spec: Json): Json {
  return renameOverrides(spec, OVERRIDES, { resources: 'computeResources' });
}

/** `stepSpecs` and `sidecarSpecs` under their earlier names. */
export function overridesToBeta(spec: Json): Json {
  return renameOverrides(spec, SPECS, { computeResources: 'resources' });
}

function renameOverrides(
  spec: Json,
  lists: Readonly<Record<string, string>>,
  members: Readonly<Record<string, string>>,
): Json {
  const copy = renamed(spec, lists);
  for (const list of Object.values(lists)) {
    const items = copy[list];
    if (Array.isArray(items)) copy[list] = items.map((item) => renamed(jsonOf(item), members));
  }
  return copy;
}
