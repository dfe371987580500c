import { type KubeObject, StatusError } from '@slipway/kube';
import type { AccessReview } from '../authz/access-review.ts';
import type { ResourceView } from '../resources/definition.ts';
import { StoredObject } from '../storage/stored-object.ts';

interface OpenShiftAccessReview extends KubeObject {
  readonly namespace?: string;
  readonly verb?: string;
  readonly resourceAPIGroup?: string;
  readonly resource?: string;
  readonly resourceName?: string;
  readonly path?: string;
  readonly isNonResourceURL?: boolean;
  readonly user?: string;
  readonly groups?: readonly string[];
}

/** OpenShift's SubjectAccessReview, as far as `oc login` asks it: what the caller itself may do. */
export const accessReviewView: ResourceView = {
  async create({ authorizer }, { user, definition }, body) {
    const review = body as OpenShiftAccessReview;
    if ((review.user && review.user !== user.username) || review.groups?.length) {
      const why = 'this API answers for the caller only; ask authorization.k8s.io about others';
      throw StatusError.forbidden(definition.type, '', why);
    }
    const { namespace = '', verb = '' } = review;
    const asked: AccessReview = review.isNonResourceURL
      ? { user, verb, path: review.path ?? '' }
      : {
          user,
          verb,
          group: review.resourceAPIGroup ?? '',
          resource: review.resource ?? '',
          namespace,
          name: review.resourceName ?? '',
        };
    const { allowed, reason } = authorizer.authorize(asked);
    const response = {
      kind: 'SubjectAccessReviewResponse',
      apiVersion: 'authorization.openshift.io/v1',
      namespace,
      allowed,
      reason,
    };
    const key = { resource: 'authorization.openshift.io/subjectaccessreviews', namespace: '', name: '' };
    return new StoredObject(key, '', 0, JSON.stringify(response));
  },
};
