import {
  type KubeObject,
  type ResourceAttributes,
  requiredField,
  StatusError,
  type SubjectAccessReview,
} from '@slipway/kube';
import type { UserInfo } from '../authn/user.ts';
import type { AccessReview } from '../authz/access-review.ts';
import type { ServerContext } from '../context.ts';
import type { Reviewer } from './review.ts';

type Spec = SubjectAccessReview['spec'];

/** May I do this? (`kubectl auth can-i`) */
export const selfSubjectAccessReview: Reviewer = (context, { user }, review) =>
  answer(context, review, user, (review as SubjectAccessReview).spec ?? {});

/** May this user do this? */
export const subjectAccessReview: Reviewer = (context, _request, review) => {
  const spec = (review as SubjectAccessReview).spec ?? {};
  return answer(context, review, namedUser(review, spec), spec);
};

/** May this user do this in this namespace? For those who may ask only about their own. */
export const localSubjectAccessReview: Reviewer = (context, { namespace }, review) => {
  const spec = (review as SubjectAccessReview).spec ?? {};
  const resourceAttributes = { ...spec.resourceAttributes, namespace };
  return answer(context, review, namedUser(review, spec), { ...spec, resourceAttributes });
};

function namedUser({ kind }: KubeObject, { user = '', groups = [], uid }: Spec): UserInfo {
  if (user === '' && groups.length === 0) {
    const missing = requiredField('spec.user', 'at least one of user or group must be specified');
    throw StatusError.invalid(`${kind}.authorization.k8s.io`, '', [missing]);
  }
  return { username: user, groups, ...(uid ? { uid } : {}) };
}

function answer({ authorizer }: ServerContext, review: KubeObject, user: UserInfo, spec: Spec): KubeObject {
  const { resourceAttributes, nonResourceAttributes } = spec;
  if ((resourceAttributes === undefined) === (nonResourceAttributes === undefined)) {
    const missing = requiredField(
      'spec.resourceAttributes',
      'exactly one of nonResourceAttributes or resourceAttributes must be specified',
    );
    throw StatusError.invalid(`${review.kind}.authorization.k8s.io`, '', [missing]);
  }
  const { allowed, reason } = authorizer.authorize(
    resourceAttributes === undefined
      ? { user, verb: nonResourceAttributes?.verb ?? '', path: nonResourceAttributes?.path ?? '' }
      : { user, ...resourceReview(resourceAttributes) },
  );
  return { ...review, status: { allowed, ...(reason === '' ? {} : { reason }) } };
}

function resourceReview(attributes: ResourceAttributes): Omit<AccessReview, 'user'> {
  const { verb = '', group = '', resource = '', subresource, namespace, name } = attributes;
  return {
    verb,
    group,
    resource,
    ...(subresource ? { subresource } : {}),
    ...(namespace ? { namespace } : {}),
    ...(name ? { name } : {}),
  };
}
