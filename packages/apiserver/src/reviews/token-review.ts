import type { KubeObject, TokenReview } from '@slipway/kube';
import type { Reviewer } from './review.ts';
import { userStatus } from './user-status.ts';

/** Whose token is this? The token itself is not in the answer. */
export const tokenReview: Reviewer = async ({ authenticator }, _request, review): Promise<KubeObject> => {
  const { token = '', audiences } = (review as TokenReview).spec ?? {};
  const verified = await authenticator.authenticate(token, audiences?.length ? audiences : undefined);
  const status =
    verified === undefined
      ? {
          user: {},
          error:
            'the token is not valid: not issued here, expired, for another audience, or bound to what is gone',
        }
      : { authenticated: true, user: userStatus(verified.user), audiences: [...verified.audiences] };
  return { ...review, spec: { ...(audiences ? { audiences } : {}) }, status };
};
