import type { PolicyRule } from '@slipway/kube';
import type { AccessReview } from './access-review.ts';

/** Whether one rule of a role allows what the review asks (k8s.io/kubernetes plugin/pkg/auth/authorizer/rbac). */
export function ruleAllows(rule: PolicyRule, review: AccessReview): boolean {
  if (!includes(rule.verbs, review.verb)) return false;
  if (review.resource === undefined) return pathMatches(rule.nonResourceURLs, review.path ?? '');
  return (
    includes(rule.apiGroups, review.group ?? '') &&
    resourceMatches(rule.resources, review.resource, review.subresource) &&
    (isEmpty(rule.resourceNames) || (rule.resourceNames ?? []).includes(review.name ?? ''))
  );
}

/** Whether everything that `wanted` grants is granted by `owned` too: nobody may hand out more than they have. */
export function rulesCover(owned: readonly PolicyRule[], wanted: PolicyRule): boolean {
  return singleRules(wanted).every((single) => owned.some((rule) => coversSingle(rule, single)));
}

interface SingleRule {
  readonly verb: string;
  readonly group?: string;
  readonly resource?: string;
  readonly name?: string | undefined;
  readonly path?: string;
}

/** The rule as single permissions: one verb on one resource or path each. */
function singleRules(rule: PolicyRule): SingleRule[] {
  const paths = (rule.nonResourceURLs ?? []).flatMap((path) => rule.verbs.map((verb) => ({ verb, path })));
  const names: readonly (string | undefined)[] = isEmpty(rule.resourceNames)
    ? [undefined]
    : (rule.resourceNames ?? []);
  const resources = (rule.apiGroups ?? []).flatMap((group) =>
    (rule.resources ?? []).flatMap((resource) =>
      names.flatMap((name) => rule.verbs.map((verb) => ({ verb, group, resource, name }))),
    ),
  );
  return [...paths, ...resources];
}

function coversSingle(rule: PolicyRule, wanted: SingleRule): boolean {
  if (!includes(rule.verbs, wanted.verb)) return false;
  if (wanted.path !== undefined) return pathMatches(rule.nonResourceURLs, wanted.path);
  const [resource = '', subresource] = (wanted.resource ?? '').split('/');
  return (
    includes(rule.apiGroups, wanted.group ?? '') &&
    resourceMatches(rule.resources, resource, subresource) &&
    (isEmpty(rule.resourceNames) || (wanted.name !== undefined && rule.resourceNames!.includes(wanted.name)))
  );
}

function isEmpty(list: readonly string[] | undefined): boolean {
  return list === undefined || list.length === 0;
}

function includes(list: readonly string[] | undefined, item: string): boolean {
  return list !== undefined && (list.includes('*') || list.includes(item));
}

function resourceMatches(
  resources: readonly string[] | undefined,
  resource: string,
  subresource: string | undefined,
): boolean {
  const wanted = subresource ? `${resource}/${subresource}` : resource;
  if (includes(resources, wanted)) return true;
  return subresource !== undefined && subresource !== '' && (resources ?? []).includes(`*/${subresource}`);
}

function pathMatches(paths: readonly string[] | undefined, wanted: string): boolean {
  return (paths ?? []).some(
    (path) => path === '*' || path === wanted || (path.endsWith('*') && wanted.startsWith(path.slice(0, -1))),
  );
}
