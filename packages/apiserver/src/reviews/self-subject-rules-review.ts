import type { PolicyRule, SelfSubjectRulesReview } from '@slipway/kube';
import type { UserInfo } from '../authn/user.ts';
import type { Authorizer } from '../authz/authorizer.ts';
import type { Reviewer } from './review.ts';

/** What may I do in this namespace? (`kubectl auth can-i --list`) */
export const selfSubjectRulesReview: Reviewer = ({ authorizer }, { user }, review) => {
  const { namespace = '' } = (review as SelfSubjectRulesReview).spec ?? {};
  const rules = rulesOf(authorizer, user, namespace);
  const status = {
    resourceRules: rules.filter(({ resources }) => resources?.length).map(resourceRule),
    nonResourceRules: rules
      .filter(({ nonResourceURLs }) => nonResourceURLs?.length)
      .map(({ verbs, nonResourceURLs = [] }) => ({ verbs, nonResourceURLs })),
    incomplete: false,
  };
  return { ...review, status };
};

/** The group that needs no rule has them all the same, so that the answer says what it may do. */
const EVERYTHING: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

function rulesOf(authorizer: Authorizer, user: UserInfo, namespace: string): readonly PolicyRule[] {
  if (user.groups.includes('system:masters')) return EVERYTHING;
  return [...authorizer.rulesFor(user, namespace)].map(({ rule }) => rule);
}

function resourceRule({ verbs, apiGroups = [], resources = [], resourceNames }: PolicyRule): PolicyRule {
  return { verbs, apiGroups, resources, ...(resourceNames?.length ? { resourceNames } : {}) };
}
